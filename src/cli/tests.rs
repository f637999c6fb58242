use clap::{CommandFactory as _, Parser as _};

use super::Cli;

/// A command with its words, `["map", "customers", "set"]`, and its help's examples.
struct Described {
    words: Vec<String>,
    examples: Vec<String>,
    is_leaf: bool,
}

/// Every command of the tree.
fn commands() -> Vec<Described> {
    fn walk(command: &clap::Command, words: &[String], found: &mut Vec<Described>) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples = help.split_once("Examples:\n").map(|(_, examples)| examples).unwrap_or_default();
        // A line that ends in a backslash goes on in the next one.
        let examples = examples.split(" \\\n").map(str::trim_start).collect::<Vec<_>>().join(" ").replacen("cspctl", "  cspctl", 1);
        let examples = examples.lines().filter(|line| line.starts_with("  cspctl ")).map(|line| line.trim().to_owned()).collect();
        let subcommands: Vec<_> = command.get_subcommands().filter(|command| command.get_name() != "help").collect();
        let is_leaf = subcommands.is_empty() || !command.is_subcommand_required_set();
        found.push(Described { words: words.to_vec(), examples, is_leaf });
        for subcommand in subcommands {
            walk(subcommand, &[words, &[subcommand.get_name().to_owned()]].concat(), found);
        }
    }
    let mut found = Vec::new();
    walk(&Cli::command(), &[], &mut found);
    found
}

/// The words of an example: without the remark behind two blanks, and without what the shell does with it.
fn words(example: &str) -> Vec<String> {
    let (mut words, mut quote) = (vec![String::new()], None);
    let mut blanks = 0;
    for character in example.chars() {
        blanks = if character == ' ' && quote.is_none() { blanks + 1 } else { 0 };
        match (character, quote, words.last_mut()) {
            (mark, Some(open), _) if mark == open => quote = None,
            ('"' | '\'', None, _) => quote = Some(character),
            (' ', None, _) if blanks == 2 => break,
            (' ', None, _) => words.push(String::new()),
            (character, _, Some(word)) => word.push(character),
            (_, _, None) => {}
        }
    }
    let end = words.iter().position(|word| ["|", ">", ">>", "<", ""].contains(&word.as_str())).unwrap_or(words.len());
    words.truncate(end);
    words
}

#[test]
fn every_command_s_help_teaches_by_an_example_of_itself() {
    let commands = commands();
    assert!(commands.len() > 25, "{}", commands.len());
    for Described { words: path, examples, is_leaf } in &commands {
        assert!(!examples.is_empty(), "the help of `cspctl {}` has no \"Examples:\"", path.join(" "));
        let is_its_own = |example: &String| words(example).get(1..=path.len()) == Some(path);
        assert!(!is_leaf || examples.iter().any(is_its_own), "no example of `cspctl {}` is one of it: {examples:?}", path.join(" "));
    }
}

#[test]
fn every_example_is_a_command_line_that_is_understood() {
    for Described { words: path, examples, .. } in commands() {
        for example in examples {
            if let Err(error) = Cli::try_parse_from(words(&example)) {
                panic!("in the help of `cspctl {}`:\n{example}\n{error}", path.join(" "));
            }
        }
    }
}

#[test]
fn the_command_line_is_put_together_well() {
    Cli::command().debug_assert();
}

#[test]
fn the_help_lists_every_exit_code() {
    let help = Cli::command().get_after_help().unwrap().to_string();
    let documented = include_str!("../../docs/exit-codes.md").lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse::<u8>().ok());
    let mut count = 0;
    for code in documented {
        assert!(help.contains(&format!(" {code} ")), "{code} is not in the help");
        count += 1;
    }
    assert_eq!(count, 10);
}
