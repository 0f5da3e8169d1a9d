//! Go's `sort.Sort`: not stable, but the same for the same list, and so what real kubectl prints of events that happened
//! within one second (Go: src/sort/zsortinterface.go, pattern-defeating quicksort).

/// Lists of this length and shorter are sorted by insertion, which is stable.
const INSERTION: usize = 12;

/// Sorts as Go does; `less` says whether one element belongs before another.
pub(super) fn sort<T>(list: &mut [T], less: impl Fn(&T, &T) -> bool) {
    let length = list.len();
    if length > 1 {
        let limit = bits(length);
        Sorter { list, less }.quick(0, length, limit);
    }
}

/// How many binary digits a number has.
fn bits(number: usize) -> u32 {
    usize::BITS - number.leading_zeros()
}

/// What the choice of the pivot tells of the order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hint {
    Unknown,
    Increasing,
    Decreasing,
}

struct Sorter<'a, T, L> {
    list: &'a mut [T],
    less: L,
}

impl<T, L: Fn(&T, &T) -> bool> Sorter<'_, T, L> {
    fn less(&self, a: usize, b: usize) -> bool {
        match (self.list.get(a), self.list.get(b)) {
            (Some(a), Some(b)) => (self.less)(a, b),
            _ => false,
        }
    }

    fn swap(&mut self, a: usize, b: usize) {
        if a < self.list.len() && b < self.list.len() {
            self.list.swap(a, b);
        }
    }

    fn insertion(&mut self, a: usize, b: usize) {
        for i in a + 1..b {
            let mut j = i;
            while j > a && self.less(j, j - 1) {
                self.swap(j, j - 1);
                j -= 1;
            }
        }
    }

    fn sift_down(&mut self, from: usize, end: usize, first: usize) {
        let mut root = from;
        loop {
            let mut child = 2 * root + 1;
            if child >= end {
                return;
            }
            if child + 1 < end && self.less(first + child, first + child + 1) {
                child += 1;
            }
            if !self.less(first + root, first + child) {
                return;
            }
            self.swap(first + root, first + child);
            root = child;
        }
    }

    fn heap(&mut self, a: usize, b: usize) {
        let end = b - a;
        for i in (0..=(end - 1) / 2).rev() {
            self.sift_down(i, end, a);
        }
        for i in (0..end).rev() {
            self.swap(a, a + i);
            self.sift_down(0, i, a);
        }
    }

    fn quick(&mut self, mut a: usize, mut b: usize, mut limit: u32) {
        let (mut balanced, mut partitioned) = (true, true);
        loop {
            let length = b - a;
            if length <= INSERTION {
                return self.insertion(a, b);
            }
            if limit == 0 {
                return self.heap(a, b);
            }
            if !balanced {
                self.break_patterns(a, b);
                limit -= 1;
            }
            let (mut pivot, mut hint) = self.pivot(a, b);
            if hint == Hint::Decreasing {
                if let Some(part) = self.list.get_mut(a..b) {
                    part.reverse();
                }
                pivot = (b - 1) - (pivot - a);
                hint = Hint::Increasing;
            }
            if balanced && partitioned && hint == Hint::Increasing && self.nearly_sorted(a, b) {
                return;
            }
            if a > 0 && !self.less(a - 1, pivot) {
                a = self.partition_equal(a, b, pivot);
                continue;
            }
            let (middle, already) = self.partition(a, b, pivot);
            partitioned = already;
            let (left, right) = (middle - a, b - middle);
            if left < right {
                balanced = left >= length / 8;
                self.quick(a, middle, limit);
                a = middle + 1;
            } else {
                balanced = right >= length / 8;
                self.quick(middle + 1, b, limit);
                b = middle;
            }
        }
    }

    /// Those that are less than the pivot come before it.
    fn partition(&mut self, a: usize, b: usize, pivot: usize) -> (usize, bool) {
        self.swap(a, pivot);
        let (mut i, mut j) = (a + 1, b - 1);
        let mut first = true;
        loop {
            while i <= j && self.less(i, a) {
                i += 1;
            }
            while i <= j && !self.less(j, a) {
                j -= 1;
            }
            if i > j {
                self.swap(j, a);
                return (j, first);
            }
            first = false;
            self.swap(i, j);
            i += 1;
            j -= 1;
        }
    }

    /// Those that equal the pivot come first.
    fn partition_equal(&mut self, a: usize, b: usize, pivot: usize) -> usize {
        self.swap(a, pivot);
        let (mut i, mut j) = (a + 1, b - 1);
        loop {
            while i <= j && !self.less(a, i) {
                i += 1;
            }
            while i <= j && self.less(a, j) {
                j -= 1;
            }
            if i > j {
                return i;
            }
            self.swap(i, j);
            i += 1;
            j -= 1;
        }
    }

    /// Sorts what needs few moves; false where it gave up.
    fn nearly_sorted(&mut self, a: usize, b: usize) -> bool {
        const STEPS: usize = 5;
        const SHORTEST: usize = 50;
        let mut i = a + 1;
        for _ in 0..STEPS {
            while i < b && !self.less(i, i - 1) {
                i += 1;
            }
            if i == b {
                return true;
            }
            if b - a < SHORTEST {
                return false;
            }
            self.swap(i, i - 1);
            if i - a >= 2 {
                for j in (1..i).rev() {
                    if !self.less(j, j - 1) {
                        break;
                    }
                    self.swap(j, j - 1);
                }
            }
            if b - i >= 2 {
                for j in i + 1..b {
                    if !self.less(j, j - 1) {
                        break;
                    }
                    self.swap(j, j - 1);
                }
            }
        }
        false
    }

    fn break_patterns(&mut self, a: usize, b: usize) {
        let length = b - a;
        if length < 8 {
            return;
        }
        let mut random = length as u64;
        let modulus = 1_u64 << bits(length);
        let at = a + (length / 4) * 2;
        for i in 0..3 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let mut other = usize::try_from(random & (modulus - 1)).unwrap_or_default();
            if other >= length {
                other -= length;
            }
            self.swap(at - 1 + i, a + other);
        }
    }

    fn pivot(&self, a: usize, b: usize) -> (usize, Hint) {
        const NINTHER: usize = 50;
        const MOST_SWAPS: u32 = 12;
        let length = b - a;
        let mut swaps = 0;
        let (mut i, mut j, mut k) = (a + length / 4, a + length / 4 * 2, a + length / 4 * 3);
        if length >= 8 {
            if length >= NINTHER {
                i = self.median(i - 1, i, i + 1, &mut swaps);
                j = self.median(j - 1, j, j + 1, &mut swaps);
                k = self.median(k - 1, k, k + 1, &mut swaps);
            }
            j = self.median(i, j, k, &mut swaps);
        }
        match swaps {
            0 => (j, Hint::Increasing),
            MOST_SWAPS => (j, Hint::Decreasing),
            _ => (j, Hint::Unknown),
        }
    }

    fn median(&self, a: usize, b: usize, c: usize, swaps: &mut u32) -> usize {
        let mut order = |a: usize, b: usize| {
            if self.less(b, a) {
                *swaps += 1;
                (b, a)
            } else {
                (a, b)
            }
        };
        let (a, b) = order(a, b);
        let (b, _) = order(b, c);
        order(a, b).1
    }
}

#[cfg(test)]
mod tests {
    use super::sort;

    #[test]
    fn lists_are_sorted_and_short_ones_stay_stable() {
        for length in [0_u64, 1, 2, 12, 13, 50, 51, 200, 1000] {
            let mut list: Vec<u64> = (0..length).map(|number| number * 7919 % 101).collect();
            let mut wanted = list.clone();
            wanted.sort_unstable();
            sort(&mut list, |a, b| a < b);
            assert_eq!(list, wanted, "{length}");
        }
        // What a real kubectl 1.37 made of twenty Pods, four of them a second or six younger than the others.
        let ages = [0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0];
        let mut pods: Vec<(u8, usize)> = ages.into_iter().zip(0..).collect();
        sort(&mut pods, |a, b| a.0 < b.0);
        let order: Vec<usize> = pods.into_iter().map(|(_, at)| at).collect();
        assert_eq!(order, [19, 9, 2, 3, 4, 5, 16, 7, 1, 0, 17, 11, 12, 13, 14, 18, 6, 10, 15, 8]);
        let mut equal: Vec<(u8, u8)> = (0..12).map(|number| (0, number)).collect();
        sort(&mut equal, |a, b| a.0 < b.0);
        assert!(equal.is_sorted());
    }
}
