"""``python -m crmworkbook`` is the same as the command."""

from crmworkbook.cli import main

if __name__ == "__main__":
    main()
