//! What was decided so far, step by step, so that each step can be taken back. Pure.

use std::collections::BTreeMap;

/// Decisions about subjects: customers by tenant id, products by offer.
#[derive(Debug)]
pub(super) struct Decisions<K, V> {
    /// In the order in which they were taken; one step may decide many.
    steps: Vec<Vec<(K, Option<V>)>>,
    /// How many steps speak of a subject: asked at every key, so it is never searched for.
    settled: BTreeMap<K, usize>,
}

impl<K: Ord + Clone, V> Default for Decisions<K, V> {
    fn default() -> Self {
        Self { steps: Vec::new(), settled: BTreeMap::new() }
    }
}

impl<K: Ord + Clone, V> Decisions<K, V> {
    /// Decides many at once; one step for [`Decisions::undo`].
    pub(super) fn decide_all(&mut self, decided: impl IntoIterator<Item = (K, V)>) {
        self.step(decided.into_iter().map(|(subject, decision)| (subject, Some(decision))).collect());
    }

    /// Decides one.
    pub(super) fn decide(&mut self, subject: K, decision: V) {
        self.step(vec![(subject, Some(decision))]);
    }

    /// Leaves one open for this session: nobody is asked again.
    pub(super) fn leave(&mut self, subject: K) {
        self.step(vec![(subject, None)]);
    }

    fn step(&mut self, step: Vec<(K, Option<V>)>) {
        if step.is_empty() {
            return;
        }
        for (subject, _) in &step {
            *self.settled.entry(subject.clone()).or_default() += 1;
        }
        self.steps.push(step);
    }

    /// Takes the last step back and gives its subjects.
    pub(super) fn undo(&mut self) -> Option<Vec<K>> {
        let step = self.steps.pop()?;
        let subjects: Vec<K> = step.into_iter().map(|(subject, _)| subject).collect();
        for subject in &subjects {
            if let Some(steps) = self.settled.get_mut(subject) {
                *steps -= 1;
            }
        }
        self.settled.retain(|_, steps| *steps > 0);
        Some(subjects)
    }

    /// True for a subject that was decided or left open.
    pub(super) fn is_settled(&self, subject: &K) -> bool {
        self.settled.contains_key(subject)
    }

    /// How many subjects were decided or left open.
    pub(super) fn settled(&self) -> usize {
        self.settled.len()
    }

    /// The decisions that hold, in the order of their subjects; a later one replaces an earlier one.
    pub(super) fn taken(&self) -> BTreeMap<&K, &V> {
        let mut taken = BTreeMap::new();
        for (subject, decision) in self.steps.iter().flatten() {
            match decision {
                Some(decision) => drop(taken.insert(subject, decision)),
                None => drop(taken.remove(subject)),
            }
        }
        taken
    }

    /// Subjects that were left open are asked about again.
    pub(super) fn ask_left_again(&mut self) {
        self.keep(|_, decision| decision.is_some());
    }

    /// Takes single decisions back, whenever they were taken; their subjects are open again.
    pub(super) fn take_back(&mut self, is_taken_back: impl Fn(&K) -> bool) {
        self.keep(|subject, _| !is_taken_back(subject));
    }

    fn keep(&mut self, is_kept: impl Fn(&K, &Option<V>) -> bool) {
        for mut step in std::mem::take(self).steps {
            step.retain(|(subject, decision)| is_kept(subject, decision));
            self.step(step);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(decisions: &Decisions<&'static str, u8>) -> Vec<(&'static str, u8)> {
        decisions.taken().into_iter().map(|(subject, decision)| (*subject, *decision)).collect()
    }

    #[test]
    fn undo_takes_back_one_step_whatever_its_size() {
        let mut decisions = Decisions::default();
        decisions.decide_all([("a", 1), ("b", 2)]);
        decisions.decide("c", 3);
        decisions.leave("d");
        assert_eq!(decisions.taken().len(), 3);
        assert!(decisions.is_settled(&"d"), "left open is settled for this session");
        assert_eq!(decisions.undo(), Some(vec!["d"]));
        assert_eq!(decisions.undo(), Some(vec!["c"]));
        assert_eq!(taken(&decisions), [("a", 1), ("b", 2)]);
        assert_eq!(decisions.undo(), Some(vec!["a", "b"]));
        assert_eq!((decisions.undo(), decisions.taken().len()), (None, 0));
    }

    #[test]
    fn a_later_decision_replaces_an_earlier_one_until_it_is_undone() {
        let mut decisions = Decisions::default();
        decisions.decide("a", 1);
        decisions.decide("a", 2);
        assert_eq!(taken(&decisions), [("a", 2)]);
        decisions.undo();
        assert_eq!(taken(&decisions), [("a", 1)]);
        decisions.leave("a");
        assert_eq!(taken(&decisions), []);
    }

    #[test]
    fn single_decisions_of_a_step_can_be_taken_back() {
        let mut decisions = Decisions::default();
        decisions.decide_all([("a", 1), ("b", 2)]);
        decisions.decide("c", 3);
        decisions.take_back(|subject| *subject == "a");
        assert_eq!(taken(&decisions), [("b", 2), ("c", 3)]);
        assert!(!decisions.is_settled(&"a"));
        decisions.take_back(|subject| *subject != "a");
        assert_eq!(decisions.undo(), None, "steps without decisions are gone");
    }

    #[test]
    fn what_was_left_open_is_asked_again_and_what_was_decided_is_not() {
        let mut decisions = Decisions::default();
        decisions.decide("a", 1);
        decisions.leave("b");
        decisions.ask_left_again();
        assert_eq!((decisions.is_settled(&"a"), decisions.is_settled(&"b")), (true, false));
    }

    #[test]
    fn an_empty_batch_is_no_step() {
        let mut decisions = Decisions::<&str, u8>::default();
        decisions.decide_all([]);
        assert_eq!(decisions.undo(), None);
    }
}
