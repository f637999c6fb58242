//! The journal of runs, intents and outcomes.
