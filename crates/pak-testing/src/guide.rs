//! Code blocks of the guides, so that tests can carry out what a guide says.

/// The blocks whose first line says exactly this after its backquotes: `toml pak.toml`.
pub fn blocks(text: &str, label: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(said) = line.strip_prefix("```") else { continue };
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if said == label {
            blocks.push(body.join("\n") + "\n");
        }
    }
    blocks
}
