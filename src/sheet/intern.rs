//! Texts that occur again and again, kept once.

use std::sync::Arc;

use foldhash::{HashSet, HashSetExt};

use super::Cell;

/// Hands out one shared text for equal cells. Exports are sorted by customer, so the text of the
/// row before is looked at first.
#[derive(Debug)]
pub struct Interner {
    known: HashSet<Arc<str>>,
    last: Arc<str>,
}

impl Default for Interner {
    fn default() -> Self {
        Self { known: HashSet::new(), last: "".into() }
    }
}

impl Interner {
    /// The cell's text; equal texts share their memory.
    #[inline]
    pub fn text(&mut self, cell: Cell<'_>) -> Arc<str> {
        if let Cell::Text(bytes) = cell
            && bytes == self.last.as_bytes()
        {
            return Arc::clone(&self.last);
        }
        self.look_up(cell)
    }

    fn look_up(&mut self, cell: Cell<'_>) -> Arc<str> {
        let text = cell.text();
        let shared = if let Some(known) = self.known.get(&*text) {
            Arc::clone(known)
        } else {
            let new: Arc<str> = text.into();
            self.known.insert(Arc::clone(&new));
            new
        };
        self.last = Arc::clone(&shared);
        shared
    }
}
