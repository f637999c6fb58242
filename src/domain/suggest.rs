//! "Did you mean …?" for keys and words.

/// The known word nearest to what was written, if it is near enough to be meant.
#[must_use]
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = simplify(written);
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&written, &simplify(word)), strsim::jaro_winkler(&written, &simplify(word)), word))
        .filter(|(distance, likeness, word)| *distance <= 1 + word.len() / 4 || *likeness > 0.9)
        .min_by(|left, right| left.0.cmp(&right.0).then(right.1.total_cmp(&left.1)))
        .map(|(_, _, word)| word)
}

/// `, did you mean …?` or a list of what is known.
#[must_use]
pub fn instead(written: &str, known: &[&str]) -> String {
    match nearest(written, known.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("known here: {}", known.join(", ")),
    }
}

fn simplify(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_something_else_is_not() {
        let known = ["expense_account", "revenue_account", "csv_dir", "post_to"];
        assert_eq!(nearest("expence_account", known), Some("expense_account"));
        assert_eq!(nearest("csv-dir", known), Some("csv_dir"));
        assert_eq!(nearest("posto", known), Some("post_to"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(instead("colour", &known), "known here: expense_account, revenue_account, csv_dir, post_to");
    }
}
