//! Charts as SVG text, drawn on the server.
