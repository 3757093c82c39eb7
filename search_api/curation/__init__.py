"""What editors decide over the heads of ranking: pinned and hidden documents."""
