"""A bare FastAPI route without a database, to compare intake's door with: `bare.py PORT`."""

import sys
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Report(BaseModel):
    """The same body as intake takes, with nothing checked but its shape."""

    service_code: str
    description: str = ""
    place: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    reporter: dict[str, Any] | None = None
    channel: str = "web"
    operator: str = "city-311"


app = FastAPI()


@app.post("/requests", status_code=201)
async def take(body: Report) -> dict[str, str]:
    return {"request_id": str(uuid4()), "service_code": body.service_code, "status": "open"}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
