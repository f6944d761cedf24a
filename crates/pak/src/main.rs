//! pak
fn main() {}
