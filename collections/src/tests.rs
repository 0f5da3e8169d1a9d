//! The collections do what those of `std` do.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::{Listed, Map, Set, SharedMap, Table};

/// A random number under `below`.
fn random(seed: &mut u32, below: u32) -> u32 {
    *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    (*seed >> 16) % below
}

fn same(map: &Map<u32, String>, std: &BTreeMap<u32, String>) {
    assert!(map.iter().eq(std.iter()) && map.iter().rev().eq(std.iter().rev()));
    assert!(map.keys().eq(std.keys()) && map.values().eq(std.values()));
    assert_eq!(map.len(), std.len());
    assert_eq!((map.first_key_value(), map.last_key_value()), (std.first_key_value(), std.last_key_value()));
    assert_eq!(format!("{map:?}"), format!("{std:?}"));
}

#[test]
fn a_map_does_what_std_s_does() {
    let (mut map, mut std, mut seed) = (Map::new(), BTreeMap::new(), 1);
    for step in 0..20_000 {
        let key = random(&mut seed, 64);
        let value = step.to_string();
        match random(&mut seed, 12) {
            0..4 => assert_eq!(map.insert(key, value.clone()), std.insert(key, value)),
            4 => assert_eq!(map.remove(&key), std.remove(&key)),
            5 => map.entry(key).or_default().push_str(&{
                std.entry(key).or_default().push('x');
                "x".to_owned()
            }),
            6 => {
                let _ = map.entry(key).and_modify(|own| own.push('y')).key();
                let _ = std.entry(key).and_modify(|own| own.push('y')).key();
            }
            7 => assert_eq!(map.pop_first(), std.pop_first()),
            8 => assert_eq!(map.pop_last(), std.pop_last()),
            9 => {
                let end = key + random(&mut seed, 9);
                assert!(map.range(key..end).eq(std.range(key..end)));
                assert!(map.range(..=end).eq(std.range(..=end)));
                let after = (Bound::Excluded(key), Bound::Unbounded);
                assert!(map.range(after).eq(std.range(after)));
            }
            10 => assert_eq!((map.get(&key), map.contains_key(&key)), (std.get(&key), std.contains_key(&key))),
            _ => {
                let keep = |own: &u32, value: &mut String| {
                    value.push('z');
                    own % 7 != key % 7
                };
                map.retain(keep);
                std.retain(keep);
            }
        }
        same(&map, &std);
    }
}

#[test]
fn a_set_does_what_std_s_does() {
    let (mut sets, mut stds, mut seed) = ([Set::new(), Set::new()], [BTreeSet::new(), BTreeSet::new()], 1);
    for _ in 0..20_000 {
        let (which, item) = (usize::from(random(&mut seed, 2) == 0), random(&mut seed, 64));
        let (Some(set), Some(std)) = (sets.get_mut(which), stds.get_mut(which)) else { return };
        match random(&mut seed, 8) {
            0..4 => assert_eq!(set.insert(item), std.insert(item)),
            4 => assert_eq!(set.remove(&item), std.remove(&item)),
            5 => assert_eq!((set.pop_first(), set.first()), (std.pop_first(), std.first())),
            6 => assert_eq!((set.pop_last(), set.last()), (std.pop_last(), std.last())),
            _ => assert!(set.range(item..).eq(std.range(item..)) && set.contains(&item) == std.contains(&item)),
        }
        let ([a, b], [std_a, std_b]) = (&sets, &stds);
        assert!(a.iter().eq(std_a) && a.union(b).eq(std_a.union(std_b)));
        assert!(a.difference(b).eq(std_a.difference(std_b)) && a.intersection(b).eq(std_a.intersection(std_b)));
        assert_eq!((a.is_subset(b), a < b), (std_a.is_subset(std_b), std_a < std_b));
    }
}

#[test]
fn what_comes_later_in_a_list_of_entries_counts() {
    let map = Map::from([("b", 1), ("a", 2), ("b", 3)]);
    assert_eq!(map.into_iter().collect::<Vec<_>>(), [("a", 2), ("b", 3)]);
}

#[test]
fn a_shared_map_does_what_std_s_does_and_its_clones_stay_as_they_were() {
    let (mut map, mut std, mut seed) = (SharedMap::default(), BTreeMap::new(), 7);
    let mut clones = Vec::new();
    for step in 0..30_000_usize {
        let key = random(&mut seed, 700);
        match random(&mut seed, 9) {
            0..4 => assert_eq!(map.insert(key, step), std.insert(key, step)),
            4 | 5 => assert_eq!(map.remove(&key), std.remove(&key)),
            6 => assert!(map.iter_from(&key).eq(std.range(key..)) && map.get(&key) == std.get(&key)),
            7 if step % 50 == 0 => assert_eq!(map.pop_first(), std.pop_first()),
            7 if step % 50 == 1 => {
                assert_eq!(map.last_key_value(), std.last_key_value());
                assert_eq!(map.pop_last(), std.pop_last());
            }
            7 if step % 97 == 0 => {
                map.retain(|key, _| key % 5 != 0);
                std.retain(|key, _| key % 5 != 0);
            }
            _ => {
                if let (Some(own), Some(other)) = (map.or_default(&key), Some(std.entry(key).or_default())) {
                    (*own, *other) = (step, step);
                }
            }
        }
        assert_eq!((map.len(), map.is_empty()), (std.len(), std.is_empty()));
        if step % 3_000 == 0 {
            clones.push((map.clone(), std.clone()));
        }
    }
    clones.push((map, std));
    for (map, std) in clones {
        assert!(map.iter().eq(&std));
        assert!(map.iter().rev().eq(std.iter().rev()));
    }
}

#[test]
fn keys_that_come_in_order_fill_a_shared_map() {
    let mut map = SharedMap::default();
    for key in 0..10_000 {
        map.insert(key, key * 2);
    }
    assert_eq!(map.len(), 10_000);
    assert!(map.keys().copied().eq(0..10_000));
    assert_eq!(map.first_key_value(), Some((&0, &0)));
}

#[test]
fn a_table_finds_what_std_s_map_finds() {
    let (mut table, mut std, mut seed) = (Table::<u32, String>::default(), BTreeMap::new(), 3);
    let mut kept: Vec<(Table<u32, String>, BTreeMap<u32, String>)> = Vec::new();
    let sorted = |table: &Table<u32, String>| {
        table.iter().map(|(key, value)| (*key, value.clone())).collect::<BTreeMap<u32, String>>()
    };
    for step in 0..30_000_u32 {
        // Hardly any, then many, then hardly any again.
        let most = if step % 10_000 < 5_000 { 2_000 } else { 20 };
        let key = random(&mut seed, most);
        match random(&mut seed, 8) {
            0..4 => assert_eq!(table.insert(key, step.to_string()), std.insert(key, step.to_string())),
            4..6 => assert_eq!(table.remove(&key), std.remove(&key)),
            6 => {
                let slot = table.slot(&key);
                assert_eq!(slot.and_then(|slot| table.at(slot)), std.get_key_value(&key));
                if let Some(value) = table.get_mut(&key) {
                    value.push('y');
                }
                std.entry(key).and_modify(|value| value.push('y'));
            }
            _ if step % 1_000 == 0 => {
                let keep = |own: &u32, _: &mut String| own % 7 != key % 7;
                table.retain(keep);
                std.retain(keep);
            }
            _ => assert_eq!((table.get(&key), table.contains_key(&key)), (std.get(&key), std.contains_key(&key))),
        }
        assert_eq!((table.len(), table.is_empty()), (std.len(), std.is_empty()));
        if step % 5_000 == 0 {
            kept.push((table.clone(), std.clone()));
        }
    }
    assert_eq!(sorted(&table), std);
    // What was set aside is as it was then.
    for (table, std) in kept {
        assert_eq!(sorted(&table), std);
        assert!(std.iter().all(|(key, value)| table.get(key) == Some(value)));
    }
}

#[test]
fn a_table_finds_what_stands_behind_a_gap() {
    // All want the same few places.
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Clash(u32);
    impl std::hash::Hash for Clash {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            state.write_u64(u64::from(self.0 % 3));
        }
    }
    let mut table = Table::default();
    for number in 0..60 {
        table.insert(Clash(number), number);
    }
    for number in (0..60).step_by(2) {
        assert_eq!(table.remove(&Clash(number)), Some(number));
    }
    for number in 0..60 {
        assert_eq!(table.get(&Clash(number)), Some(&number).filter(|number| *number % 2 == 1));
    }
}

#[test]
fn a_listed_table_is_in_order() {
    let (mut listed, mut std, mut seed) = (Listed::<u32, u32>::default(), BTreeMap::new(), 4);
    for step in 0..10_000_u32 {
        let key = random(&mut seed, 500);
        match random(&mut seed, 6) {
            0..3 => assert_eq!(listed.insert(key, step), std.insert(key, step)),
            3 => assert_eq!(listed.remove(&key), std.remove(&key)),
            4 => {
                *listed.or_default(&key).unwrap() += 1;
                *std.entry(key).or_default() += 1;
            }
            _ => {
                listed.retain(|own, _| own % 31 != key % 31);
                std.retain(|own, _| own % 31 != key % 31);
            }
        }
        assert!(listed.iter_from(&key).eq(std.range(key..)));
    }
    assert!(listed.iter().eq(std.iter()) && listed.keys().eq(std.keys()) && listed.values().eq(std.values()));
    assert_eq!((listed.len(), format!("{listed:?}")), (std.len(), format!("{std:?}")));
}
