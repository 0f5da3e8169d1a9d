//! What is remembered of the nodes is what a look at all of them finds.

use std::rc::Rc;

use proptest::prelude::*;

use super::*;
use crate::cluster::Store;
use crate::cluster::scheduler::choice::{Nominated, judge};
use crate::cluster::scheduler::claim::Claim;
use crate::cluster::scheduler::nodes::Nodes;
use crate::cluster::scheduler::taken::Taken;
use crate::cluster::scheduler::verdicts::{Verdict, Verdicts};

/// Something that happens to the nodes: a Pod of a template comes, the one that came so many Pods ago leaves, or a node
/// is set to one of its states or goes.
#[derive(Clone, Debug)]
enum Step {
    Pod { template: usize, owner: usize, choice: usize },
    Leaves(usize),
    Node { number: usize, state: usize },
    Gone(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..6_usize, 0..2_usize, any::<usize>())
            .prop_map(|(template, owner, choice)| Step::Pod { template, owner, choice }),
        // Many of one template, one after the other.
        8 => any::<usize>().prop_map(|choice| Step::Pod { template: 0, owner: 0, choice }),
        3 => (0..8_usize).prop_map(Step::Leaves),
        3 => (0..4_usize, 0..6_usize).prop_map(|(number, state)| Step::Node { number, state }),
        1 => (0..4_usize).prop_map(Step::Gone),
    ];
    proptest::collection::vec(step, 1..60)
}

fn of_template(number: usize, owner: usize, name: &str) -> Rc<Pod> {
    let spec = match number {
        0 => json!({"containers": asking("300m")}),
        1 => json!({}),
        2 => json!({"containers": asking("300m"), "nodeSelector": {"disk": "ssd"}}),
        3 => json!({"containers": asking("300m"), "tolerations": [{"key": "gpu", "operator": "Exists"}]}),
        4 => {
            json!({"containers": [{"name": "app", "image": "nginx:1.27", "ports": [{"containerPort": 80, "hostPort": 80}]}]})
        }
        _ => json!({"containers": asking("1900m"), "priority": 5}),
    };
    let Object::Pod(mut inner) = pod(name, spec) else { panic!("a Pod") };
    let owners =
        json!([{"apiVersion": "v1", "kind": "Any", "name": "o", "uid": format!("o{owner}"), "controller": true}]);
    Rc::make_mut(&mut inner).metadata.make_mut().owner_references = Some(k8s_openapi::json::from_json(owners).unwrap());
    inner
}

fn node_in_state(number: usize, state: usize) -> Object {
    let taint = |effect: &str| json!([{"key": "gpu", "value": "yes", "effect": effect}]);
    let mut value = json!({
        "metadata": {"name": format!("node-{number}"), "labels": {}}, "spec": {},
        "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "6"}},
    });
    match state {
        0 => {}
        1 => value["spec"]["unschedulable"] = true.into(),
        2 => value["spec"]["taints"] = taint("NoSchedule"),
        3 => value["spec"]["taints"] = taint("PreferNoSchedule"),
        4 => value["metadata"]["labels"]["disk"] = "ssd".into(),
        _ => value["status"]["allocatable"] = json!({"cpu": "4", "memory": "2Gi", "pods": "3"}),
    }
    Object::from_json(Kind::Node, value).unwrap()
}

fn set(nodes: &mut Nodes, number: usize, state: usize) {
    let Object::Node(node) = node_in_state(number, state) else { panic!("a Node") };
    nodes.set(&node);
}

proptest! {
    #[test]
    fn what_is_remembered_of_the_nodes_is_what_a_look_at_all_of_them_finds(steps in steps()) {
        let (mut nodes, store, nobody) = (Nodes::default(), Store::default(), Nominated::default());
        let (mut taken, mut verdicts) = (Taken::default(), Verdicts::default());
        let mut placed: Vec<ObjectKey> = Vec::new();
        (0..3).for_each(|number| set(&mut nodes, number, 0));
        for (count, step) in steps.into_iter().enumerate() {
            match step {
                Step::Pod { template, owner, choice } => {
                    let name = format!("p{count}");
                    let pod = of_template(template, owner, &name);
                    let key = ObjectKey::new(Kind::Pod, "default", &name);
                    let claim = taken.by(&pod);
                    prop_assert_eq!(&*claim, &Claim::of(&pod));
                    prop_assert!(Verdicts::hold(&pod, &nodes));
                    let anew = judge(&nodes, &nobody, (&key, &pod), &claim, None, &store);
                    let known: Vec<Verdict> = verdicts.on(&nodes, &pod, &claim).cloned().collect();
                    prop_assert_eq!(&known, &anew);
                    let takers = nodes.by_name.keys().zip(&anew).filter(|(_, verdict)| verdict.is_ok());
                    let takers: Vec<String> = takers.map(|(name, _)| name.clone()).collect();
                    if !takers.is_empty() {
                        nodes.assign(&key, &takers[choice % takers.len()], claim);
                        placed.push(key);
                    }
                }
                Step::Leaves(ago) if ago < placed.len() => {
                    let key = placed.remove(placed.len() - 1 - ago);
                    nodes.free(&key);
                }
                Step::Leaves(_) => {}
                Step::Node { number, state } => set(&mut nodes, number, state),
                Step::Gone(number) => _ = nodes.remove(&format!("node-{number}")),
            }
        }
    }
}
