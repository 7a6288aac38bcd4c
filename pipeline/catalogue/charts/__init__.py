"""Charts as inline SVG, made here: no script, no picture from elsewhere, every sign escaped.

Geometry stands in attributes and colours in the site's style sheet, so that charts follow light and
dark and a strict content security policy. Every chart says in words what it shows.
"""
