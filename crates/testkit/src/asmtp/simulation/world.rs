use std::collections::VecDeque;

use asmtp_envelope::{
    Action, Answer, Code, ContentPart, EnvelopeId, EnvelopePost, Event, Failure, Gate, Handle,
    Limits, OutboxAction, OutboxEvent, Outcome, Page, Parcel, Policy, Push, ReceiverOptions,
    Ticket, Timestamp,
};

use super::agent::{Agent, Write};
use super::{Finding, Tally};
use crate::asmtp::Operator;
use crate::tape::Tape;

const AGENTS: usize = 3;
const START_MS: u64 = 1_795_215_861_457;

/// Steps that healing may take before something is wrong.
const PATIENCE: usize = 20_000;

/// Everything there is.
pub(super) struct World<'a> {
    tape: Tape<'a>,
    replay: Option<Vec<String>>,
    tally: Tally,
    now: Timestamp,
    operator: Operator,
    agents: Vec<Agent>,
    options: ReceiverOptions,
    network: Vec<Packet>,
    sockets: Vec<Socket>,
    minted: u64,
}

/// A request or answer under way, and whose it is.
#[derive(Clone, Debug)]
struct Packet {
    agent: usize,
    incarnation: u64,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Post(std::sync::Arc<Parcel>),
    PostAnswer(EnvelopeId, Answer),
    List(Ticket, String),
    ListAnswer(Ticket, Vec<u8>),
    Connect(Ticket),
}

/// A stream of messages from the operator to an agent.
#[derive(Debug)]
struct Socket {
    agent: usize,
    incarnation: u64,
    ticket: Ticket,
    queue: VecDeque<Option<Vec<u8>>>,
}

impl<'a> World<'a> {
    pub(super) fn new(octets: &'a [u8], with_replay: bool) -> Self {
        let mut tape = Tape::new(octets);
        let options = ReceiverOptions {
            page: 1 + tape.below(4) as u16,
            pending: 2 + tape.below(6),
            ..ReceiverOptions::default()
        };
        let now = Timestamp::new(START_MS).unwrap();
        let mut operator = Operator::new("https://mail.example", now);
        let mut agents = Vec::new();
        for name in ["@acme.ann", "@acme.ben", "@beta.cid"].iter().take(AGENTS) {
            let handle: Handle = name.parse().unwrap();
            let gate = Gate::new(handle.clone(), Policy::Open);
            operator.gates.insert(handle.clone(), gate);
            agents.push(Agent::new(handle, options));
        }
        Self {
            tape,
            replay: with_replay.then(Vec::new),
            tally: Tally::default(),
            now,
            operator,
            agents,
            options,
            network: Vec::new(),
            sockets: Vec::new(),
            minted: 0,
        }
    }

    pub(super) fn run(mut self) -> Result<Tally, Finding> {
        let outcome = self
            .play()
            .and_then(|()| self.heal())
            .and_then(|()| self.judge());
        let replay = self.replay.take().unwrap_or_default();
        match outcome {
            Ok(()) => Ok(self.tally),
            Err(what) => Err(Finding { what, replay }),
        }
    }

    /// Does what the tape says.
    fn play(&mut self) -> Result<(), String> {
        while !self.tape.has_ended() {
            let agent = self.tape.below(AGENTS);
            match self.tape.below(24) {
                0..=3 => self.submit(agent)?,
                4..=9 => self.carry()?,
                10..=14 => self.stream()?,
                15 => self.lose()?,
                16 => self.repeat(),
                17 => self.cut()?,
                18 | 19 => self.write(agent)?,
                20 | 21 => self.finish(agent)?,
                22 => self.crash(agent)?,
                _ => self.pass_time()?,
            }
        }
        Ok(())
    }

    /// Lets everything that is under way arrive, until nothing is.
    fn heal(&mut self) -> Result<(), String> {
        self.note(|| "the network heals".to_owned());
        for _ in 0..PATIENCE {
            if !self.network.is_empty() {
                let packet = self.network.remove(0);
                self.arrive(packet)?;
            } else if let Some(at) = self.sockets.iter().position(|s| !s.queue.is_empty()) {
                self.receive(at)?;
            } else if let Some(agent) = self.find(|agent| !agent.process.writes.is_empty()) {
                self.write(agent)?;
            } else if let Some(agent) = self.find(|agent| agent.process.handling.is_some()) {
                self.finish(agent)?;
            } else {
                let timeouts = self.agents.iter().flat_map(|agent| {
                    let process = &agent.process;
                    [process.receiver.timeout(), process.outbox.timeout()]
                });
                let Some(next) = timeouts.flatten().min() else {
                    return Ok(());
                };
                self.now = self.now.max(next);
                self.tick()?;
            }
        }
        Err("it does not come to rest".to_owned())
    }

    /// Checks what was promised, now that all is quiet.
    fn judge(&mut self) -> Result<(), String> {
        for agent in &self.agents {
            let name = &agent.handle;
            if !agent.process.receiver.is_live() {
                return Err(format!("{name} does not follow the frames"));
            }
            for key in self.operator.received(name) {
                if !agent.handled.contains(&key.envelope_id) {
                    return Err(format!("{name} was never given {key}"));
                }
            }
            if agent.process.receiver.cursor() != agent.disk.cursor {
                return Err(format!("{name} has a cursor that is not saved"));
            }
            if !agent.process.outbox.is_empty() || !agent.disk.parcels.is_empty() {
                return Err(format!("{name} still has something to send"));
            }
            for id in &agent.submitted {
                let record = self.operator.record(*id);
                match (agent.outcomes.get(id), record) {
                    (Some(Outcome::Accepted(Some(receipt))), Some(record)) => {
                        let clocks = (receipt.received_ms, receipt.created_at);
                        if clocks != (record.received_ms, record.created_at) {
                            return Err(format!("{id} was acknowledged with other clocks"));
                        }
                    }
                    other => return Err(format!("{name} sent {id} and has {other:?}")),
                }
            }
            self.tally.delivered += agent.deliveries;
        }
        Ok(())
    }

    fn submit(&mut self, agent: usize) -> Result<(), String> {
        self.minted += 1;
        let mut random = [0; 10];
        random[0] = self.tape.below(256) as u8; // so that ids do not rise
        random[8..].copy_from_slice(&(self.minted as u16).to_be_bytes());
        let id = EnvelopeId::mint(Timestamp::new(START_MS).unwrap(), random).unwrap();
        let first = self.tape.below(AGENTS);
        let to = vec![self.agents[first].handle.clone()];
        let parts = vec![ContentPart::text("x").unwrap()];
        let mut post = EnvelopePost::new(id, to, self.now, parts).unwrap();
        if self.tape.flip() {
            let second = (first + 1) % AGENTS;
            post = post
                .with_cc(vec![self.agents[second].handle.clone()])
                .unwrap();
        }
        if self.tape.flip() {
            post = post.with_monitor("mon_a".parse().unwrap());
        }
        self.note(|| format!("{agent} submits {id} to {first}"));
        self.agents[agent].process.outbox.submit(&post).unwrap();
        self.pump(agent)
    }

    /// Some packet arrives, not always the oldest.
    fn carry(&mut self) -> Result<(), String> {
        if self.network.is_empty() {
            return Ok(());
        }
        let at = self.tape.below(self.network.len().min(256));
        let packet = self.network.remove(at);
        self.arrive(packet)
    }

    fn stream(&mut self) -> Result<(), String> {
        if self.sockets.is_empty() {
            return Ok(());
        }
        let at = self.tape.below(self.sockets.len().min(256));
        self.receive(at)
    }

    fn lose(&mut self) -> Result<(), String> {
        if self.network.is_empty() {
            return Ok(());
        }
        let at = self.tape.below(self.network.len().min(256));
        let packet = self.network.remove(at);
        self.note(|| format!("lost: {packet:?}"));
        let agent = packet.agent;
        if packet.incarnation != self.agents[agent].incarnation {
            return Ok(());
        }
        let (process, now) = (&mut self.agents[agent].process, self.now);
        match packet.content {
            Content::Post(parcel) => {
                let event = OutboxEvent::Answered(parcel.id(), Answer::Lost);
                process.outbox.handle(event, now);
            }
            Content::PostAnswer(id, _) => {
                process
                    .outbox
                    .handle(OutboxEvent::Answered(id, Answer::Lost), now);
            }
            Content::List(ticket, _)
            | Content::ListAnswer(ticket, _)
            | Content::Connect(ticket) => {
                process.receiver.handle(Event::Failed(ticket, PASSING), now);
            }
        }
        self.pump(agent)
    }

    fn repeat(&mut self) {
        if let Some(at) = self.network.len().checked_sub(1) {
            let at = self.tape.below((at + 1).min(256));
            let packet = self.network[at].clone();
            if matches!(packet.content, Content::Connect(_)) {
                return; // a stream is opened once or not at all
            }
            self.note(|| format!("repeated: {packet:?}"));
            self.network.push(packet);
        }
    }

    fn cut(&mut self) -> Result<(), String> {
        if self.sockets.is_empty() {
            return Ok(());
        }
        let at = self.tape.below(self.sockets.len().min(256));
        let socket = self.sockets.remove(at);
        self.tally.cuts += 1;
        self.note(|| format!("cut: {:?} of {}", socket.ticket, socket.agent));
        if socket.incarnation == self.agents[socket.agent].incarnation {
            let event = Event::Failed(socket.ticket, PASSING);
            self.tell(socket.agent, event)?;
        }
        Ok(())
    }

    fn write(&mut self, agent: usize) -> Result<(), String> {
        let Some(write) = self.agents[agent].write() else {
            return Ok(());
        };
        self.note(|| format!("{agent} wrote {write:?}"));
        self.check_cursor(agent)?;
        let (process, now) = (&mut self.agents[agent].process, self.now);
        match write {
            Write::Cursor(_) => process.receiver.handle(Event::Saved, now),
            Write::Parcel(parcel) => {
                let event = OutboxEvent::Persisted(parcel.id());
                process.outbox.handle(event, now);
                self.agents[agent].submitted.insert(parcel.id());
            }
            Write::Outcome(id, _) => process.outbox.handle(OutboxEvent::Recorded(id), now),
            Write::Forget(_) => {}
        }
        self.pump(agent)
    }

    /// The cursor on the disk is never past an envelope that no handler has had.
    fn check_cursor(&self, agent: usize) -> Result<(), String> {
        let agent = &self.agents[agent];
        let cursor = agent.disk.cursor;
        let mut behind = self.operator.received(&agent.handle);
        let skipped =
            behind.find(|key| Some(*key) <= cursor && !agent.handled.contains(&key.envelope_id));
        match skipped {
            Some(key) => Err(format!("{} saved a cursor past {key}", agent.handle)),
            None => Ok(()),
        }
    }

    /// A handler is done.
    fn finish(&mut self, at: usize) -> Result<(), String> {
        let agent = &mut self.agents[at];
        let Some(key) = agent.process.handling.take() else {
            return Ok(());
        };
        if agent.process.last.replace(key) >= Some(key) {
            return Err(format!("{} was given {key} out of order", agent.handle));
        }
        agent.deliveries += 1;
        agent.handled.insert(key.envelope_id);
        self.note(|| format!("{at} handled {key}"));
        self.tell(at, Event::Handled(key.envelope_id))
    }

    /// A process ends. What it was writing is there or not, what it was handling is done or not.
    fn crash(&mut self, at: usize) -> Result<(), String> {
        let (written, is_done) = (self.tape.below(4), self.tape.flip());
        self.tally.crashes += 1;
        self.note(|| format!("{at} crashes, {written} writes done, handler done: {is_done}"));
        let agent = &mut self.agents[at];
        for _ in 0..written {
            if let Some(Write::Parcel(parcel)) = agent.write() {
                agent.submitted.insert(parcel.id());
            }
        }
        if let Some(key) = agent.process.handling.filter(|_| is_done) {
            agent.deliveries += 1;
            agent.handled.insert(key.envelope_id);
        }
        agent.restart(self.options);
        self.check_cursor(at)?;
        self.tick()
    }

    fn pass_time(&mut self) -> Result<(), String> {
        let seconds = self.tape.below(90) as u64;
        self.now = self.now.saturating_add(seconds * 1000);
        self.note(|| format!("{seconds} seconds pass"));
        self.tick()
    }

    fn tick(&mut self) -> Result<(), String> {
        // The operator's clock is another one, and sometimes set back.
        let behind = 1000 * self.tape.below(20) as u64;
        self.operator.now = Timestamp::new(self.now.as_millis() - behind).unwrap();
        for agent in 0..AGENTS {
            let process = &mut self.agents[agent].process;
            process.outbox.handle(OutboxEvent::Tick, self.now);
            self.tell(agent, Event::Tick)?;
        }
        Ok(())
    }

    /// A request reaches the operator, or an answer its agent.
    fn arrive(&mut self, packet: Packet) -> Result<(), String> {
        self.note(|| format!("arrives: {packet:?}"));
        let (at, incarnation) = (packet.agent, packet.incarnation);
        let is_current = incarnation == self.agents[at].incarnation;
        let answer = |content| Packet {
            agent: at,
            incarnation,
            content,
        };
        match packet.content {
            Content::Post(parcel) => {
                let content = self.post(at, &parcel)?;
                self.network.push(answer(content));
            }
            Content::List(ticket, query) => {
                let handle = &self.agents[at].handle;
                let page = self
                    .operator
                    .list(handle, &query)
                    .map_err(|e| e.to_string())?;
                let mut octets = Vec::new();
                page.write(&mut octets);
                self.network
                    .push(answer(Content::ListAnswer(ticket, octets)));
            }
            Content::Connect(ticket) => self.sockets.push(Socket {
                agent: at,
                incarnation,
                ticket,
                queue: VecDeque::from([None]),
            }),
            Content::PostAnswer(id, content) if is_current => {
                let process = &mut self.agents[at].process;
                process
                    .outbox
                    .handle(OutboxEvent::Answered(id, content), self.now);
                self.pump(at)?;
            }
            Content::ListAnswer(ticket, octets) if is_current => {
                let page = Page::parse(&octets, &Limits::default()).map_err(|e| e.to_string())?;
                self.tell(at, Event::Listed(ticket, page))?;
            }
            Content::PostAnswer(..) | Content::ListAnswer(..) => {}
        }
        Ok(())
    }

    fn post(&mut self, at: usize, parcel: &Parcel) -> Result<Content, String> {
        let from = self.agents[at].handle.clone();
        let is_known = self.operator.record(parcel.id()).is_some();
        let mut body = Vec::new();
        let answer = match self.operator.post(&from, parcel.body().as_bytes()) {
            Ok((receipt, pushes)) => {
                self.tally.accepted += usize::from(!is_known);
                self.tally.replays += usize::from(is_known);
                for (to, pushed) in pushes {
                    let is_its = |s: &&mut Socket| self.agents[s.agent].handle == to;
                    for socket in self.sockets.iter_mut().filter(is_its) {
                        socket.queue.push_back(Some(pushed.octets()));
                    }
                }
                receipt.write(&mut body);
                Answer::of_response(202, &body, None)
            }
            Err(error) => {
                error.write(&mut body);
                let status = error.code().map_or(500, Code::status);
                Answer::of_response(status, &body, None)
            }
        };
        Ok(Content::PostAnswer(parcel.id(), answer))
    }

    /// A socket brings its next message.
    fn receive(&mut self, at: usize) -> Result<(), String> {
        let socket = &mut self.sockets[at];
        let (agent, ticket) = (socket.agent, socket.ticket);
        let Some(message) = socket.queue.pop_front() else {
            return Ok(());
        };
        if socket.incarnation != self.agents[agent].incarnation {
            return Ok(());
        }
        let event = match message {
            None => Event::Opened(ticket),
            Some(octets) => {
                let push = Push::parse(&octets, &Limits::default()).map_err(|e| e.to_string())?;
                Event::Pushed(ticket, push)
            }
        };
        self.note(|| format!("{agent} hears {event:?}"));
        self.tell(agent, event)
    }

    fn tell(&mut self, agent: usize, event: Event) -> Result<(), String> {
        let process = &mut self.agents[agent].process;
        process.receiver.handle(event, self.now);
        self.pump(agent)
    }

    /// Carries out what the machines of an agent ask for.
    fn pump(&mut self, at: usize) -> Result<(), String> {
        while let Some(action) = self.agents[at].process.receiver.poll() {
            let process = &mut self.agents[at].process;
            match action {
                Action::Connect(ticket) => self.send(at, Content::Connect(ticket)),
                Action::List(ticket, listing) => {
                    self.send(at, Content::List(ticket, listing.to_string()));
                }
                Action::Deliver(frame) => {
                    if process.handling.replace(frame.key()).is_some() {
                        return Err(format!("{at} was given two envelopes at a time"));
                    }
                }
                Action::Save(key) => {
                    let is_cursor = |write: &Write| matches!(write, Write::Cursor(_));
                    if process.writes.iter().any(is_cursor) {
                        return Err(format!("{at} saves its cursor twice at a time"));
                    }
                    process.writes.push_back(Write::Cursor(key));
                }
                // An old socket lives on until it is cut, and nothing it brings may count.
                Action::Disconnect | Action::Inform(_) => {}
                other => return Err(format!("{at} has no reason for {other:?}")),
            }
        }
        while let Some(action) = self.agents[at].process.outbox.poll() {
            let agent = &mut self.agents[at];
            match action {
                OutboxAction::Persist(parcel) => {
                    agent.process.writes.push_back(Write::Parcel(parcel));
                }
                OutboxAction::Send(parcel) => {
                    if agent.disk.parcels.get(&parcel.id()) != Some(&*parcel) {
                        return Err(format!("{at} sends what is not on its disk"));
                    }
                    self.send(at, Content::Post(parcel));
                }
                OutboxAction::Report(id, outcome) => {
                    agent.process.writes.push_back(Write::Outcome(id, outcome));
                }
                OutboxAction::Forget(id) => agent.process.writes.push_back(Write::Forget(id)),
                other => return Err(format!("{at} has no reason for {other:?}")),
            }
        }
        Ok(())
    }

    fn send(&mut self, agent: usize, content: Content) {
        let incarnation = self.agents[agent].incarnation;
        self.network.push(Packet {
            agent,
            incarnation,
            content,
        });
    }

    fn find(&self, is_it: impl Fn(&Agent) -> bool) -> Option<usize> {
        self.agents.iter().position(is_it)
    }

    fn note(&mut self, step: impl FnOnce() -> String) {
        if let Some(replay) = &mut self.replay {
            replay.push(step());
        }
    }
}

const PASSING: Failure = Failure::Passing {
    retry_after_ms: None,
};
