"""The window. `spikesift_gui.app.main` starts it; docs/gui.md says how to add a page, a view or a command."""
