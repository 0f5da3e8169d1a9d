//! Where in the journal something is told of: a list of places that takes no room of its own while it is short.

/// Places in the journal, ascending.
#[derive(Clone, Debug)]
pub(super) enum Places {
    /// So many of these.
    Few(u8, [u32; 3]),
    Many(Vec<u32>),
}

impl Default for Places {
    fn default() -> Self {
        Places::Few(0, [0; 3])
    }
}

impl Places {
    pub fn as_slice(&self) -> &[u32] {
        match self {
            Places::Few(count, places) => places.get(..usize::from(*count)).unwrap_or_default(),
            Places::Many(places) => places,
        }
    }

    /// Adds the last one.
    pub fn push(&mut self, place: u32) {
        match self {
            Places::Few(count, places) => match places.get_mut(usize::from(*count)) {
                Some(free) => {
                    *free = place;
                    *count += 1;
                }
                None => {
                    let mut many = Vec::with_capacity(8);
                    many.extend_from_slice(places);
                    many.push(place);
                    *self = Places::Many(many);
                }
            },
            Places::Many(places) => places.push(place),
        }
    }

    /// Keeps those below `end`.
    pub fn cut(&mut self, end: u32) {
        let left = self.as_slice().partition_point(|known| *known < end);
        match self {
            Places::Few(count, _) => *count = u8::try_from(left).unwrap_or(*count),
            Places::Many(places) => places.truncate(left),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn places_are_kept_in_order_and_cut() {
        for end in 0..20_u32 {
            let mut places = Places::default();
            (0..10).for_each(|place| places.push(place * 2));
            places.cut(end);
            let wanted: Vec<u32> = (0..10).map(|place| place * 2).filter(|place| *place < end).collect();
            assert_eq!(places.as_slice(), wanted);
            places.push(40);
            assert_eq!(places.as_slice().last(), Some(&40));
        }
    }
}
