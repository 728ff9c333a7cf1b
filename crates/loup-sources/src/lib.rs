//! Text-faithful sources and safe sinks.
