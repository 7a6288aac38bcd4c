"""Archives in the child: which members may be taken out, and taking them.

``extract`` is the parser.
"""
