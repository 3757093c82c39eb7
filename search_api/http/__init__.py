"""The HTTP face: the only part, with `asgi`, that knows Litestar."""
