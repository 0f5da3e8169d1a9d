//! Who stands on which cell of the [`Floor`].

use std::rc::Rc;

use super::floor::{Floor, Room};
use crate::trace::crowd::{Crowd, Tally};
use crate::trace::scene::{NodeScene, OwnerScene};

/// How many Pods without a node are drawn; their number is told.
pub const QUEUE: usize = 120;

/// How many times more seats than Pods are drawn at most, so that a nearly empty cluster is not a field of dots.
const ROOMY: usize = 5;

/// What is on a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// The Pod's place among the [`Crowd::members`]; none for a seat that is free.
    pub member: Option<usize>,
    /// The [`crate::trace::Tone`]'s number.
    pub tone: u8,
    /// Whether it is of a revision that its owner has left.
    pub old: bool,
}

/// Which frames there are, and whose Pods stand in which.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seating {
    /// A room for each node that is there or has Pods, by name, and one for those that wait.
    pub rooms: Vec<Room>,
    /// The room of each of the [`Crowd::nodes`].
    of_node: Vec<Option<usize>>,
    /// The room of those that have no node.
    waiting: Option<usize>,
}

impl Seating {
    /// The rooms at the playhead of `crowd`; only that of the node `only`, where one is looked at.
    pub fn new(crowd: &Crowd, nodes: &[NodeScene], only: Option<&str>) -> Self {
        let mut names: Vec<Rc<str>> = nodes.iter().map(|node| node.name.clone()).collect();
        let there = |name: &str| nodes.binary_search_by(|node| (*node.name).cmp(name)).is_ok();
        let gone = crowd.nodes().iter().filter(|name| crowd.held(name) > 0 && !there(name)).cloned();
        names.extend(gone.collect::<Vec<_>>());
        names.retain(|name| only.is_none_or(|only| **name == *only));
        collections::sort_by(&mut names, |a, b| natural(a).cmp(&natural(b)));
        let used = |name: &str| crowd.node(name).map_or(0, |at| crowd.seats(at));
        let most = names.iter().map(|name| used(name)).max().unwrap_or_default();
        let takes = nodes.iter().map(|node| node.max_pods).max().unwrap_or_default().min(250) as usize;
        let seats = if takes * names.len() <= crowd.count() * ROOMY { takes } else { (most + 2).next_multiple_of(10) };
        let mut rooms: Vec<Room> =
            names.into_iter().map(|name| Room { seats: seats.max(used(&name)), name: Some(name) }).collect();
        let waits = crowd.count().saturating_sub(crowd.bound());
        let mut waiting = None;
        if waits > 0 && only.is_none() {
            waiting = Some(rooms.len());
            rooms.push(Room { name: None, seats: waits.min(QUEUE).next_multiple_of(10) });
        }
        let mut of_node = vec![None; crowd.nodes().len()];
        for (room, name) in rooms.iter().enumerate().filter_map(|(room, it)| Some((room, it.name.as_ref()?))) {
            if let Some(place) = crowd.node(name).and_then(|node| of_node.get_mut(node)) {
                *place = Some(room);
            }
        }
        Self { of_node, rooms, waiting }
    }

    /// What is on each cell of `floor`, laid for these rooms; `old` says which groups of the crowd are of an old revision.
    pub fn cells(&self, crowd: &Crowd, floor: &Floor, old: &[bool]) -> Vec<Cell> {
        let mut cells = vec![Cell::default(); floor.cells];
        let first = |room: usize| floor.frames.get(room).map(|frame| (frame.first, frame.room.seats));
        let firsts: Vec<_> = self.of_node.iter().map(|room| room.and_then(first)).collect();
        let (next, seats) = self.waiting.and_then(first).unwrap_or_default();
        let (mut next, end) = (next, next + seats);
        for (place, member) in crowd.members().iter().enumerate() {
            let Some(look) = crowd.look(crowd.state(place)) else { continue };
            let cell = match member.seat.filter(|_| look.bound) {
                Some((node, seat)) => match firsts.get(node) {
                    Some(Some((first, seats))) if seat < *seats => first + seat,
                    _ => continue,
                },
                None if next < end => {
                    next += 1;
                    next - 1
                }
                None => continue,
            };
            if let Some(cell) = cells.get_mut(cell) {
                let old = old.get(member.group).copied().unwrap_or_default();
                *cell = Cell { member: Some(place), tone: look.tone as u8, old };
            }
        }
        cells
    }
}

/// How many of those who have a cell look how.
pub fn tally(cells: &[Cell]) -> Tally {
    let mut tally = Tally::default();
    for cell in cells.iter().filter(|cell| cell.member.is_some()) {
        if let Some(count) = tally.get_mut(usize::from(cell.tone)) {
            *count += 1;
        }
    }
    tally
}

/// Which of the crowd's groups are of a revision that their owner has left.
pub fn old_groups(crowd: &Crowd, owners: &[OwnerScene]) -> Vec<bool> {
    let of = |group: &crate::trace::crowd::Group| {
        let owner = group.owner.as_ref().and_then(|key| OwnerScene::find(owners, key));
        owner.is_some_and(|owner| owner.is_old(&group.hash))
    };
    crowd.groups().iter().map(of).collect()
}

/// A name by which `node-2` comes before `node-10`.
fn natural(name: &str) -> (&str, usize, &str) {
    let stem = name.trim_end_matches(|digit: char| digit.is_ascii_digit());
    let number = name.get(stem.len()..).unwrap_or_default();
    (stem, number.len(), number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Action, Config, Time};
    use crate::trace::Run;
    use crate::trace::crowd::counted;

    #[test]
    fn everybody_has_a_cell() {
        let mut run = Run::new(Config { nodes: 3, ..Config::default() });
        for number in 0..90 {
            let text = format!(
                "{{apiVersion: v1, kind: Pod, metadata: {{name: p{number}, namespace: default}}, spec: {{containers: [{{name: a, image: nginx}}]}}}}"
            );
            let pod =
                crate::api::Object::from_json(crate::api::Kind::Pod, serde_yaml::from_str(&text).unwrap()).unwrap();
            run.act(Time::ZERO, Action::Create(pod)).unwrap();
        }
        let mut stage = crate::trace::scene::Stage::default();
        for seconds in [0.0, 0.1, 0.2, 5.0] {
            let at = Time::from_secs_f64(seconds);
            run.run_until(at);
            let scene = stage.view(&run, at, None);
            let crowd = stage.crowd();
            let seating = Seating::new(crowd, &scene.nodes, None);
            let floor = Floor::new(&seating.rooms, 600.0, 400.0);
            let cells = seating.cells(crowd, &floor, &old_groups(crowd, &scene.owners));
            let mut there: Vec<usize> = cells.iter().filter_map(|cell| cell.member).collect();
            collections::sort(&mut there);
            assert_eq!(there, (0..90).collect::<Vec<_>>(), "at {seconds} s");
        }
        let one = Seating::new(stage.crowd(), &[], Some("node-2"));
        assert_eq!(one.rooms.len(), 1);
        let floor = Floor::new(&one.rooms, 600.0, 400.0);
        let there = counted(&tally(&one.cells(stage.crowd(), &floor, &[])));
        assert!(there > 0 && there == stage.crowd().held("node-2"), "{there} of its Pods are counted");
    }

    #[test]
    fn names_are_counted_and_not_spelled() {
        let mut names = vec!["node-10", "node-2", "a", "node-1"];
        collections::sort_by(&mut names, |a, b| natural(a).cmp(&natural(b)));
        assert_eq!(names, ["a", "node-1", "node-2", "node-10"]);
    }
}
