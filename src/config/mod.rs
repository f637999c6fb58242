//! `config.toml` and `mapping.toml`: read, check, edit, and where they lie on each platform.
