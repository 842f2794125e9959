use crate::Text;

/// The member names of the objects that are open, innermost last.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: Vec<Text>,
}

/// Up to this many members a comparison of each with each is cheaper than sorting.
const FEW: usize = 16;

impl Names {
    /// How many names there are now: the mark of an object that opens here.
    pub(crate) fn mark(&self) -> usize {
        self.names.len()
    }

    #[inline]
    pub(crate) fn push(&mut self, name: Text) {
        if self.names.capacity() == 0 {
            self.names.reserve(FEW);
        }
        self.names.push(name);
    }

    /// Forgets the names from `mark` on. Gives the first one that an earlier one equals.
    pub(crate) fn close(&mut self, mark: usize, json: &str) -> Option<Text> {
        let names = self.names.get_mut(mark..)?;
        let duplicate = match names.len() {
            0 | 1 => None,
            2..=FEW => first_of_few(names, json),
            _ => first_of_many(names, json),
        };
        self.names.truncate(mark);
        duplicate
    }
}

fn first_of_few(names: &[Text], json: &str) -> Option<Text> {
    let mut places = 0..names.len();
    let at = places.find(|&at| {
        let mut earlier = names[..at].iter();
        earlier.any(|name| name.equals(names[at], json))
    })?;
    Some(names[at])
}

fn first_of_many(names: &mut [Text], json: &str) -> Option<Text> {
    names.sort_unstable_by(|a, b| {
        a.compare(*b, json)
            .then_with(|| a.offset().cmp(&b.offset()))
    });
    let equal = names
        .windows(2)
        .filter(|pair| pair[0].equals(pair[1], json));
    equal.map(|pair| pair[1]).min_by_key(|name| name.offset())
}
