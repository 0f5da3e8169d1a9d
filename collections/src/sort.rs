//! A stable sort, applied to numbers only. Unlike that of `std` it never panics: Kubernetes has comparisons that go in
//! circles (which Pod is given up first), and some order has to come of them.

use std::cmp::Ordering;

/// Sorts, as `slice::sort`.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// Sorts by a key, as `slice::sort_by_key`.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// Sorts by a comparison, as `slice::sort_by`. What is equal keeps its order.
pub fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    // Much of what is sorted is short, and in order already.
    if items.is_sorted_by(|a, b| compare(a, b).is_le()) {
        return;
    }
    let order = order(items.len(), &|a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    arrange(order, &mut |a, b| items.swap(a, b));
}

/// The indices of so many items in their order: runs that are in order are merged into runs twice as long.
fn order(length: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    let mut merged = Vec::with_capacity(length);
    let mut width = 1;
    while width < length {
        for pair in order.chunks(width * 2) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            merge(left, right, compare, &mut merged);
        }
        std::mem::swap(&mut order, &mut merged);
        merged.clear();
        width *= 2;
    }
    order
}

/// Adds what is in two runs to `merged`, in order; of equals the left one comes first.
fn merge(mut left: &[usize], mut right: &[usize], compare: &dyn Fn(usize, usize) -> Ordering, merged: &mut Vec<usize>) {
    // What is in order already is taken as it is.
    if let (Some(last), Some(first)) = (left.last(), right.first())
        && compare(*last, *first).is_gt()
    {
        while let (Some((a, left_rest)), Some((b, right_rest))) = (left.split_first(), right.split_first()) {
            if compare(*a, *b).is_gt() {
                merged.push(*b);
                right = right_rest;
            } else {
                merged.push(*a);
                left = left_rest;
            }
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
}

/// Brings item `order[i]` to place `i`, for every `i`, by swaps within each cycle.
fn arrange(mut order: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..order.len() {
        let mut at = start;
        // The place is settled when its item is there; that is marked by its own number.
        while let Some(slot) = order.get_mut(at) {
            let from = std::mem::replace(slot, at);
            if from == start || from == at {
                break;
            }
            swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sorts_as_std_does() {
        let mut random = 7_u32;
        for length in 0..200 {
            let mut items: Vec<(u32, usize)> = (0..length)
                .map(|i| {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (random >> 28, i)
                })
                .collect();
            let mut wanted = items.clone();
            wanted.sort_by_key(|item| item.0);
            sort_by_key(&mut items, |item| item.0);
            assert_eq!(items, wanted);
            wanted.sort_by(|a, b| b.cmp(a));
            sort_by(&mut items, |a, b| b.cmp(a));
            assert_eq!(items, wanted);
            wanted.sort();
            sort(&mut items);
            assert_eq!(items, wanted);
        }
    }

    #[test]
    fn a_comparison_that_goes_in_circles_gives_some_order() {
        // Each is smaller than the next but two, and equal numbers are not equal.
        let circular = |a: &u32, b: &u32| (a * 7 % 5).cmp(&(b * 3 % 5)).then_with(|| (b % 3).cmp(&((a + 1) % 3)));
        for length in 0..300 {
            let mut items: Vec<u32> = (0..length).collect();
            sort_by(&mut items, circular);
            items.sort_unstable();
            assert!(items.into_iter().eq(0..length));
        }
    }
}
