//! One flaw has many names: records that share one are one flaw.

use std::collections::HashMap;

/// Groups items by the names they share, directly or through each other. Groups and their items keep the order given.
pub(super) fn groups<'a, N>(items: &'a [N], names: impl Fn(&'a N) -> Vec<&'a str>) -> Vec<Vec<usize>> {
    let mut parents: Vec<usize> = (0..items.len()).collect();
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        for name in names(item) {
            match first.get(name) {
                Some(known) => join(&mut parents, *known, index),
                None => {
                    first.insert(name, index);
                }
            }
        }
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); items.len()];
    for index in 0..items.len() {
        let root = root(&mut parents, index);
        if let Some(group) = groups.get_mut(root) {
            group.push(index);
        }
    }
    groups.retain(|group| !group.is_empty());
    groups
}

fn root(parents: &mut [usize], mut index: usize) -> usize {
    while let Some(&parent) = parents.get(index) {
        if parent == index {
            break;
        }
        let above = parents.get(parent).copied().unwrap_or(parent);
        if let Some(place) = parents.get_mut(index) {
            *place = above;
        }
        index = parent;
    }
    index
}

/// The smaller root wins, so that a group stands where its first item does.
fn join(parents: &mut [usize], one: usize, other: usize) {
    let (one, other) = (root(parents, one), root(parents, other));
    if let Some(place) = parents.get_mut(one.max(other)) {
        *place = one.min(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_join_through_each_other_and_circles_end() {
        let items = [vec!["A", "B"], vec!["C"], vec!["B", "D"], vec!["D", "A"], vec!["E", "E"]];
        assert_eq!(groups(&items, Clone::clone), [vec![0, 2, 3], vec![1], vec![4]]);
        assert!(groups(&Vec::<Vec<&str>>::new(), Clone::clone).is_empty());
    }
}
