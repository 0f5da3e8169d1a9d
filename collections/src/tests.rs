//! The collections do what those of `std` do.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::{Map, Set, SharedMap};

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
