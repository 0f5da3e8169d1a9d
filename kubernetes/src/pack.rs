//! A value in a few bytes: what of it differs from another one that is known when it is read again. Of a Pod's status,
//! changed in one word, that is a dozen bytes instead of four thousand.

use std::ptr::{self, addr_eq};

use serde_json::Value;

use crate::record::{Entries, Part, Slot, View};
use crate::time::Timestamp;

/// What follows in the bytes.
mod tag {
    /// Nothing: the value is absent.
    pub const ABSENT: u8 = 0;
    pub const NO: u8 = 1;
    pub const YES: u8 = 2;
    pub const INT: u8 = 3;
    pub const TEXT: u8 = 4;
    pub const TIME: u8 = 5;
    pub const JSON: u8 = 6;
    /// A list that is made anew: its length, and every item.
    pub const LIST: u8 = 7;
    /// A list as long as before: the items that differ, each with its number; after the last a 0.
    pub const ITEMS: u8 = 8;
    /// A map that is made anew: its length, and every entry.
    pub const MAP: u8 = 9;
    /// The fields that differ, each with its number; after the last a 0.
    pub const RECORD: u8 = 10;
}

/// Appends to `out` what turns `base` into `part`, which has the same type; true where they differ.
///
/// What both share is not looked into.
pub fn pack(base: &dyn Part, part: &dyn Part, out: &mut Vec<u8>) -> bool {
    let (old, new) = (base.view(), part.view());
    if same_at_once(&old, &new) {
        return false;
    }
    put_difference(old, new, out)
}

/// Whether two values are seen to be the same without looking into them: most fields of a struct are absent in both.
#[inline]
fn same_at_once(old: &View<'_>, new: &View<'_>) -> bool {
    match (old, new) {
        (View::Absent, View::Absent) => true,
        (View::List(old), View::List(new)) => addr_eq(*old, *new),
        (View::Record(old), View::Record(new)) => addr_eq(*old, *new),
        (View::Text(old), View::Text(new)) => ptr::eq(*old, *new),
        (View::Bool(old), View::Bool(new)) => old == new,
        (View::Int(old), View::Int(new)) => old == new,
        _ => false,
    }
}

/// Appends what turns `old` into `new`, which are not the [`same_at_once`]; true where they differ.
fn put_difference(old: View<'_>, new: View<'_>, out: &mut Vec<u8>) -> bool {
    match (old, new) {
        (_, View::Absent) => put(out, tag::ABSENT),
        (_, View::Bool(new)) => put(out, if new { tag::YES } else { tag::NO }),
        (_, View::Int(new)) => {
            put(out, tag::INT);
            signed(new, out);
            true
        }
        (View::Text(old), View::Text(new)) if old == new => false,
        (_, View::Text(new)) => put_text(new, tag::TEXT, out),
        (View::Written(old), View::Written(new)) if old == new => false,
        (_, View::Written(new)) => put_text(&new, tag::TEXT, out),
        (View::Time(old, _), View::Time(new, _)) if old == new => false,
        (_, View::Time(new, _)) => {
            put(out, tag::TIME);
            signed(new.as_second(), out);
            signed(i64::from(new.subsec_nanosecond()), out);
            true
        }
        (View::Json(old), View::Json(new)) if old == new => false,
        (_, View::Json(new)) => put_text(&new.to_string(), tag::JSON, out),
        (View::List(old), View::List(new)) if old.count() == new.count() => {
            numbered(out, tag::ITEMS, new.count(), |i| (old.item(i), new.item(i)))
        }
        (_, View::List(new)) => {
            put(out, tag::LIST);
            number(new.count() as u64, out);
            (0..new.count()).filter_map(|i| new.item(i)).for_each(|item| whole(item, out));
            true
        }
        (old, View::Map(new)) => {
            // Both are written, one behind the other, to be compared.
            let begin = out.len();
            entries(new, out);
            let end = out.len();
            if let View::Map(old) = old {
                entries(old, out);
            }
            let differs = out.get(begin..end) != out.get(end..);
            out.truncate(if differs { end } else { begin });
            differs
        }
        (View::Record(old), View::Record(new)) => {
            numbered(out, tag::RECORD, new.about().fields.len(), |i| (old.part(i), new.part(i)))
        }
        (_, View::Record(new)) => {
            if !numbered(out, tag::RECORD, new.about().fields.len(), |i| (None, new.part(i))) {
                out.extend([tag::RECORD, 0]);
            }
            true
        }
    }
}

/// Appends the value as it is.
fn whole(part: &dyn Part, out: &mut Vec<u8>) {
    pack(&None::<bool>, part, out);
}

/// Appends `tag`, and of each of `count` pairs of an old and a new value that differ what makes one of the other, with its
/// number; nothing where none does.
fn numbered<'a>(
    out: &mut Vec<u8>,
    tag: u8,
    count: usize,
    pair: impl Fn(usize) -> (Option<&'a dyn Part>, Option<&'a dyn Part>),
) -> bool {
    let begin = out.len();
    out.push(tag);
    let mut any = false;
    for i in 0..count {
        let (old, Some(new)) = pair(i) else { continue };
        let (old, new) = (old.map_or(View::Absent, Part::view), new.view());
        // That a value is absent says nothing to one that was never there.
        if same_at_once(&old, &new) {
            continue;
        }
        let before = out.len();
        number(i as u64 + 1, out);
        if put_difference(old, new, out) {
            any = true;
        } else {
            out.truncate(before);
        }
    }
    if any {
        out.push(0);
    } else {
        out.truncate(begin);
    }
    any
}

/// Appends a map as it is.
fn entries(map: &dyn Entries, out: &mut Vec<u8>) {
    put(out, tag::MAP);
    let mut count = 0_u64;
    map.each(&mut |_, _| count += 1);
    number(count, out);
    map.each(&mut |key, value| {
        text(key, out);
        whole(value, out);
    });
}

fn put(out: &mut Vec<u8>, tag: u8) -> bool {
    out.push(tag);
    true
}

fn put_text(value: &str, tag: u8, out: &mut Vec<u8>) -> bool {
    out.push(tag);
    text(value, out);
    true
}

fn text(value: &str, out: &mut Vec<u8>) {
    number(value.len() as u64, out);
    out.extend_from_slice(value.as_bytes());
}

/// A number, seven bits a byte.
fn number(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A number that may be negative: those near zero are short.
fn signed(value: i64, out: &mut Vec<u8>) {
    number(((value << 1) ^ (value >> 63)) as u64, out);
}

/// Bytes that are read one after the other.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let (mut value, mut shift) = (0_u64, 0);
        loop {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(value);
            }
            shift += 7;
        }
    }

    fn signed(&mut self) -> Option<i64> {
        let value = self.number()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

/// Turns `part`, which is as the base was, into what was packed; none where the bytes are no such thing.
pub fn unpack(part: &mut dyn Part, bytes: &[u8]) -> Option<()> {
    if bytes.is_empty() {
        return Some(());
    }
    read(part, &mut Bytes(bytes))
}

fn read(part: &mut dyn Part, bytes: &mut Bytes<'_>) -> Option<()> {
    let tag = bytes.byte()?;
    if tag == tag::ABSENT {
        part.clear();
        return Some(());
    }
    match (part.slot(), tag) {
        (Slot::Bool(slot), tag::YES | tag::NO) => *slot = tag == tag::YES,
        (Slot::Int32(slot), tag::INT) => *slot = i32::try_from(bytes.signed()?).ok()?,
        (Slot::Int64(slot), tag::INT) => *slot = bytes.signed()?,
        (Slot::String(slot), tag::TEXT) => *slot = bytes.text()?.to_owned(),
        (Slot::Text(slot), tag::TEXT) => *slot = bytes.text()?.into(),
        (Slot::Time(slot), tag::TIME) => {
            let second = bytes.signed()?;
            *slot = Timestamp::constant(second, i32::try_from(bytes.signed()?).ok()?);
        }
        (Slot::Json(slot), tag::JSON) => *slot = serde_json::from_str(bytes.text()?).ok()?,
        (Slot::Scalar(slot), tag::TEXT) => slot.read(Value::String(bytes.text()?.to_owned())).ok()?,
        (Slot::Scalar(slot), tag::INT) => slot.read(Value::Number(bytes.signed()?.into())).ok()?,
        (Slot::List(slot), tag::LIST) => {
            slot.clear();
            for _ in 0..bytes.number()? {
                read(slot.push()?, bytes)?;
            }
        }
        (Slot::List(slot), tag::ITEMS) => {
            while let Some(place) = bytes.number()?.checked_sub(1) {
                read(slot.item_mut(usize::try_from(place).ok()?)?, bytes)?;
            }
        }
        (Slot::Map(slot), tag::MAP) => {
            slot.clear();
            for _ in 0..bytes.number()? {
                let key = bytes.text()?.to_owned();
                read(slot.entry(key), bytes)?;
            }
        }
        (Slot::Record(slot), tag::RECORD) => {
            while let Some(place) = bytes.number()?.checked_sub(1) {
                read(slot.part_mut(usize::try_from(place).ok()?)?, bytes)?;
            }
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::core::v1::Pod;
    use crate::json::from_json;

    /// States of a Pod that have fields, lists and maps more and less than one another.
    fn states() -> Vec<Pod> {
        let container = |ready: bool, state: Value| json!({"name": "web", "image": "nginx", "imageID": "x", "ready": ready, "restartCount": 3, "state": state, "resources": {"requests": {"cpu": "10m"}}});
        let running = json!({"running": {"startedAt": "2026-11-03T05:16:01Z"}});
        let ended = json!({"terminated": {"exitCode": -1, "reason": "Error", "finishedAt": "2026-11-03T05:16:09Z"}});
        let probe =
            |port: Value| json!({"containers": [{"name": "web", "readinessProbe": {"httpGet": {"port": port}}}]});
        let all = [
            json!({"spec": {"containers": []}}),
            json!({"metadata": {"name": "a", "labels": {"a": "b", "c": "d"}}, "spec": probe(80.into())}),
            json!({"metadata": {"name": "b", "labels": {"a": "c"}, "generation": 7}, "spec": probe("http".into())}),
            json!({"spec": {"containers": [], "hostNetwork": true}, "status": {"phase": "Running", "containerStatuses": [container(true, running.clone())]}}),
            json!({"spec": {"containers": [], "hostNetwork": false}, "status": {"phase": "Running", "containerStatuses": [container(false, ended.clone())]}}),
            json!({"spec": {"containers": []}, "status": {"phase": "Failed", "containerStatuses": [container(true, ended), container(true, running)]}}),
            json!({"spec": {"containers": []}, "status": {"containerStatuses": [], "conditions": [{"type": "Ready", "status": "True"}]}}),
        ];
        all.into_iter().map(|value| from_json(value).unwrap()).collect()
    }

    #[test]
    fn any_state_comes_back_from_any_other() {
        for old in &states() {
            for new in &states() {
                let mut bytes = Vec::new();
                assert_eq!(pack(old, new, &mut bytes), old != new);
                let mut back = old.clone();
                assert_eq!(unpack(&mut back, &bytes), Some(()));
                assert!(back == *new, "{back:?}");
            }
        }
    }

    #[test]
    fn a_small_difference_takes_few_bytes() {
        let all = states();
        let mut bytes = Vec::new();
        let mut later = all[3].clone();
        later.status.get_or_insert_default().container_statuses.get_or_insert_default()[0].ready = false;
        pack(&all[3], &later, &mut bytes);
        assert!(bytes.len() < 16, "{bytes:?}");
    }

    #[test]
    fn bytes_that_are_cut_or_wrong_are_no_value() {
        let mut bytes = Vec::new();
        let (old, new) = (Pod::default(), states().swap_remove(5));
        pack(&old, &new, &mut bytes);
        for end in 1..bytes.len() {
            assert_eq!(unpack(&mut old.clone(), &bytes[..end]), None, "{end}");
        }
        assert_eq!(unpack(&mut old.clone(), &[tag::TEXT, 1, b'x']), None);
    }
}
