//! Single situations, each told by its name.
