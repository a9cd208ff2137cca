"""The CRM models: numbers and data frames in, numbers and data frames out.

No module here reads a file, knows a language, draws a picture or talks to Jupyter.
"""
