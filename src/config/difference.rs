//! The lines in which two texts differ, for showing a change before it is made.

/// A line of the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// In both.
    Same(&'a str),
    /// Only in the old text.
    Removed(&'a str),
    /// Only in the new text.
    Added(&'a str),
}

/// Compares line by line: the longest sequence of common lines stays. Meant for settings files; the
/// time grows with the product of both lengths.
#[must_use]
pub fn difference<'a>(old: &'a str, new: &'a str) -> Vec<Line<'a>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let lengths = common_lengths(&old, &new);
    let common = |row: usize, column: usize| lengths.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0);
    let (mut row, mut column, mut lines) = (0, 0, Vec::new());
    loop {
        match (old.get(row), new.get(column)) {
            (Some(left), Some(right)) if left == right => {
                lines.push(Line::Same(left));
                (row, column) = (row + 1, column + 1);
            }
            (Some(left), right) if right.is_none() || common(row + 1, column) >= common(row, column + 1) => {
                lines.push(Line::Removed(left));
                row += 1;
            }
            (_, Some(right)) => {
                lines.push(Line::Added(right));
                column += 1;
            }
            (_, None) => return lines,
        }
    }
}

/// How many lines are common from each pair of places on.
fn common_lengths(old: &[&str], new: &[&str]) -> Vec<Vec<usize>> {
    let mut rows = vec![vec![0; new.len() + 1]];
    for left in old.iter().rev() {
        let below = rows.last().cloned().unwrap_or_default();
        let mut row = vec![0; new.len() + 1];
        for (column, right) in new.iter().enumerate().rev() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(0);
            let length = if left == right { at(&below, column + 1) + 1 } else { at(&below, column).max(at(&row, column + 1)) };
            if let Some(cell) = row.get_mut(column) {
                *cell = length;
            }
        }
        rows.push(row);
    }
    rows.reverse();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let line = |line: &Line<'_>| match line {
            Line::Same(text) => format!("  {text}"),
            Line::Removed(text) => format!("- {text}"),
            Line::Added(text) => format!("+ {text}"),
        };
        difference(old, new).iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn added_and_changed_lines_stand_where_they_are() {
        assert_eq!(shown("a\nb = \"\"\nc\n", "a\nb = \"1\"\nc\nd\n"), "  a\n- b = \"\"\n+ b = \"1\"\n  c\n+ d");
        assert_eq!(shown("", "a\n"), "+ a");
        assert_eq!(shown("a\n", ""), "- a");
        assert_eq!(shown("a\nb\n", "a\nb\n"), "  a\n  b");
    }

    proptest::proptest! {
        #[test]
        fn both_texts_can_be_read_from_the_difference(old in "([ab]\n){0,8}", new in "([abc]\n){0,8}") {
            let lines = difference(&old, &new);
            let left: String = lines.iter().filter_map(|line| match line { Line::Same(text) | Line::Removed(text) => Some(format!("{text}\n")), Line::Added(_) => None }).collect();
            let right: String = lines.iter().filter_map(|line| match line { Line::Same(text) | Line::Added(text) => Some(format!("{text}\n")), Line::Removed(_) => None }).collect();
            proptest::prop_assert_eq!(left, old);
            proptest::prop_assert_eq!(right, new);
        }
    }
}
