from pydantic import BaseModel


class Review(BaseModel):
    """The output that models are asked for."""

    title: str
    score: float
    tags: list[str]
