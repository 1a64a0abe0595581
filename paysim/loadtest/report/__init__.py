"""What a run leaves for people and machines: summary, console, JUnit, Markdown, HTML."""
