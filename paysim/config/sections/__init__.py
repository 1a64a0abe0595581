"""What a configuration may say: a section a file, every default here and nowhere else.

No file is read here and no network used.
"""
