"""`python -m osler.main` is `osler`."""

from osler.main.cli import main

if __name__ == "__main__":
    main()
