"""Session + bracket of frames -> picture, by OpenGL through vispy.gloo. Read renderer.py first."""
