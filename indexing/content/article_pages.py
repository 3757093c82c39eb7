"""Bodies of articles as safe HTML, made once and kept beside the documents."""

from sqlalchemy import delete, select

from indexing.content.database import Database
from indexing.content.tables import article_pages


class ArticlePages:
    """One page an article; `digest` says of which text and by which rules it was made. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, id: str, digest: bytes) -> str | None:
        """The HTML, unless the article or the rules have changed since."""
        query = select(article_pages.c.html).where(article_pages.c.id == id, article_pages.c.digest == digest)
        with self._database.read() as connection:
            html = connection.execute(query).scalar()
        return None if html is None else html.decode()

    def put(self, id: str, digest: bytes, html: str) -> None:
        """Keep the HTML in place of what was there."""
        kept = {"digest": digest, "html": html.encode()}
        statement = self._database.insert(article_pages).values(id=id, **kept)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=kept))

    def forget(self, id: str) -> None:
        """The article is gone."""
        with self._database.write() as connection:
            connection.execute(delete(article_pages).where(article_pages.c.id == id))
