use std::time::Duration;

/// The table that is printed, line by line as the figures come.
#[derive(Debug)]
pub(crate) struct Report {
    /// Whether targets mean anything at this scale.
    judges: bool,
    met: usize,
    missed: usize,
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Figure {
    what: String,
    measured: String,
    ratio: Option<(f64, &'static str)>,
    target: Option<Target>,
}

#[derive(Clone, Copy, Debug)]
enum Target {
    AtLeast(f64),
    Below(f64),
}

impl Report {
    pub(crate) fn new(judges: bool) -> Self {
        Self {
            judges,
            met: 0,
            missed: 0,
        }
    }

    /// What the lines below it are about.
    pub(crate) fn heading(&self, what: &str) {
        println!("\n{what}");
    }

    pub(crate) fn add(&mut self, figure: &Figure) {
        let Figure { what, measured, .. } = figure;
        let mut line = format!("  {what:<44}{measured:>24}");
        if let Some((ratio, unit)) = figure.ratio {
            line += &format!("  {ratio:>8.2} {unit:<16}");
            if let Some(target) = figure.target.filter(|_| self.judges) {
                let is_met = target.is_met(ratio);
                *(if is_met {
                    &mut self.met
                } else {
                    &mut self.missed
                }) += 1;
                line += &format!(
                    "  {}: {}",
                    target.words(),
                    if is_met { "met" } else { "MISSED" }
                );
            }
        }
        println!("{}", line.trim_end());
    }

    pub(crate) fn end(&self) {
        if self.judges {
            println!("\ntargets: {} met, {} missed", self.met, self.missed);
        }
    }
}

impl Figure {
    pub(crate) fn new(what: impl Into<String>, measured: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            measured: measured.into(),
            ratio: None,
            target: None,
        }
    }

    /// The figure beside another one.
    pub(crate) fn ratio(mut self, ratio: f64, unit: &'static str) -> Self {
        self.ratio = Some((ratio, unit));
        self
    }

    pub(crate) fn at_least(mut self, least: f64) -> Self {
        self.target = Some(Target::AtLeast(least));
        self
    }

    pub(crate) fn below(mut self, most: f64) -> Self {
        self.target = Some(Target::Below(most));
        self
    }
}

impl Target {
    fn is_met(self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(least) => ratio >= least,
            Self::Below(most) => ratio < most,
        }
    }

    fn words(self) -> String {
        match self {
            Self::AtLeast(least) => format!("at least {least}"),
            Self::Below(most) => format!("below {most}"),
        }
    }
}

/// A rate as people read it.
pub(crate) fn per_second(rate: f64) -> String {
    format!("{rate:.0}/s")
}

/// A short time as people read it.
pub(crate) fn time(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    if micros < 1_000.0 {
        format!("{micros:.0} us")
    } else {
        format!("{:.2} ms", micros / 1e3)
    }
}

/// Octets as people read them.
pub(crate) fn octets(octets: f64) -> String {
    if octets < 1e6 {
        format!("{:.1} kB", octets / 1e3)
    } else {
        format!("{:.1} MB", octets / 1e6)
    }
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
