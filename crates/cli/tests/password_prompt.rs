//! The prompt for a password, at a terminal of its own.
#![allow(clippy::unwrap_used)] // a test fails by panicking
#![cfg(target_os = "linux")]

mod home;

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use home::Home;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

const PASSWORD: &str = "correct horse";

/// A terminal: what a person types into it and reads from it.
struct Terminal {
    person: File,
    program: File,
}

impl Terminal {
    fn new() -> Self {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = ptsname(&person, Vec::new()).unwrap();
        let program = OpenOptions::new()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap();
        Self {
            person: File::from(person),
            program,
        }
    }

    /// Runs a command at the terminal, which is its only one.
    fn run(&self, command: &Command) -> Child {
        let mut at_terminal = Command::new("setsid");
        at_terminal.args(["--ctty", "--wait"]);
        at_terminal
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => at_terminal.env(name, value),
                None => at_terminal.env_remove(name),
            };
        }
        let end = || Stdio::from(OwnedFd::from(self.program.try_clone().unwrap()));
        at_terminal
            .current_dir(command.get_current_dir().unwrap())
            .stdin(end())
            .stdout(Stdio::piped())
            .stderr(end());
        at_terminal.spawn().unwrap()
    }

    /// Waits until what is typed is not shown any more.
    fn await_secrecy(&self) {
        while tcgetattr(&self.program)
            .unwrap()
            .local_modes
            .contains(LocalModes::ECHO)
        {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Everything that was shown, once nobody writes to it any more.
    fn shown(self) -> String {
        let Self {
            mut person,
            program,
        } = self;
        drop(program);
        let mut shown = Vec::new();
        // A terminal without a program ends in an error.
        let _ = person.read_to_end(&mut shown);
        String::from_utf8_lossy(&shown).into_owned()
    }
}

/// A mail server that hears one login and refuses it. Gives its address and what it heard.
fn server() -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heard = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let greeting = b"* OK [CAPABILITY IMAP4rev1] ready\r\n";
        client.write_all(greeting).unwrap();
        let mut lines = BufReader::new(client.try_clone().unwrap());
        loop {
            let mut line = String::new();
            lines.read_line(&mut line).unwrap();
            let (tag, command) = line.split_once(' ').unwrap();
            if command.to_ascii_uppercase().starts_with("LOGIN") {
                let refusal = format!("{tag} NO [AUTHENTICATIONFAILED] no\r\n");
                client.write_all(refusal.as_bytes()).unwrap();
                return line;
            }
            client
                .write_all(format!("{tag} OK done\r\n").as_bytes())
                .unwrap();
        }
    });
    (address, heard)
}

#[test]
fn a_password_is_asked_for_at_the_terminal_and_not_shown() {
    let home = Home::new();
    let (address, heard) = server();
    let mailbox = format!("imap://ann@{address}?smtp=smtp://{address}&from=ann@mail.test");
    let terminal = Terminal::new();
    let command = home.command(&["list", "--mailbox", &mailbox]);
    let mut child = terminal.run(&command);
    terminal.await_secrecy();
    let mut person = &terminal.person;
    writeln!(person, "{PASSWORD}").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "refused");
    let login = heard.join().unwrap();
    assert!(login.contains(PASSWORD), "{login}");
    let shown = terminal.shown();
    assert!(shown.contains("Password for imap://ann@"), "{shown}");
    assert!(!shown.contains(PASSWORD), "{shown}");
}

#[test]
fn nobody_is_asked_without_a_terminal() {
    let home = Home::new();
    let mailbox = "imap://ann@127.0.0.1:1?smtp=smtp://127.0.0.1:1&from=ann@mail.test";
    home.run(&["list", "--mailbox", mailbox])
        .failed(2, &["no password", "MAILMESH_PASSWORD_FILE"]);
}
