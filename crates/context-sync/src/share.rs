/// What a thread would put into an answer, in octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs)] // an input
pub struct Wish {
    /// All that it has.
    pub all: u64,
    /// The first message of it, without which the rest is not shown.
    pub first: u64,
}

/// Shares the room of an answer among threads: how much each may put into it.
///
/// Together they have the room and no more, unless the smallest wish alone is larger: some thread
/// always gets on. What fits whole is whole before anything larger gets a part, so that nobody can
/// crowd others out with a large thread; those that do not fit get equal parts. A part that would
/// not hold the first message is none (0) where the room that is left does not hold it either. Of
/// equal wishes the earlier comes first. It takes `n log n` time.
#[must_use]
pub fn share(room: u64, wishes: &[Wish]) -> Vec<u64> {
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    order.sort_by_key(|&at| wishes[at].all);
    let mut parts = vec![0; wishes.len()];
    let mut left = room;
    for (nth, &at) in order.iter().enumerate() {
        let Wish { all, first } = wishes[at];
        let even = left / (order.len() - nth) as u64;
        let part = match first <= left || nth == 0 {
            true => all.min(even.max(first)),
            false => 0,
        };
        parts[at] = part;
        left = left.saturating_sub(part);
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn wishes() -> impl Strategy<Value = Vec<Wish>> {
        let wish = (1_u64..100, 0_u64..1000).prop_map(|(first, rest)| Wish {
            all: first + rest,
            first,
        });
        vec(wish, 0..20)
    }

    proptest! {
        #[test]
        fn room_is_kept_and_somebody_gets_on(room in 0_u64..3000, wishes in wishes()) {
            let parts = share(room, &wishes);
            let given: u64 = parts.iter().sum();
            let least = wishes.iter().min_by_key(|wish| wish.all);
            prop_assert!(given <= room.max(least.map_or(0, |wish| wish.first)));
            prop_assert_eq!(given == 0, wishes.is_empty());
            for (part, wish) in parts.iter().zip(&wishes) {
                prop_assert!(*part == 0 || (wish.first..=wish.all).contains(part));
            }
        }

        #[test]
        fn what_fits_is_whole(room in 0_u64..20_000, wishes in wishes()) {
            let parts = share(room, &wishes);
            if wishes.iter().map(|wish| wish.all).sum::<u64>() <= room {
                prop_assert!(parts.iter().zip(&wishes).all(|(part, wish)| *part == wish.all));
            }
        }

        #[test]
        fn a_large_thread_crowds_nobody_out(room in 2000_u64..4000, mut wishes in wishes()) {
            // So much is for everybody.
            let even = room / (wishes.len() as u64 + 1);
            wishes.push(Wish { all: u64::MAX, first: 1 });
            for (part, wish) in share(room, &wishes).iter().zip(&wishes) {
                prop_assert!(wish.all > even || *part == wish.all);
            }
        }
    }

    #[test]
    fn equal_wishes_are_met_in_order() {
        let wish = Wish { all: 10, first: 10 };
        assert_eq!(share(25, &[wish; 4]), [10, 10, 0, 0]);
        assert_eq!(share(5, &[wish; 2]), [10, 0]);
        assert_eq!(share(5, &[]), [0; 0]);
    }
}
