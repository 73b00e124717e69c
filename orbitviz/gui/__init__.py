"""The window: widgets that show the session and change it. They never call the scene to change the picture."""
