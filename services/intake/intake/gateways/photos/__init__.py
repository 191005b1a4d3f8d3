"""Photos: made anew at arm's length, kept by their content, fetched without detours."""

from intake.gateways.photos.album import Album, open_album
from intake.gateways.photos.blobs import BlobStore, FolderBlobs, NotKept, S3Blobs, open_blobs
from intake.gateways.photos.cleaning import Cleaned, Cleaner, Unusable
from intake.gateways.photos.fetching import Fetcher, NotNow

__all__ = ["Album", "BlobStore", "Cleaned", "Cleaner", "Fetcher", "FolderBlobs", "NotKept", "NotNow", "S3Blobs",
           "Unusable", "open_album", "open_blobs"]  # fmt: skip
