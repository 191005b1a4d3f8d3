"""The public-safe copy of anyone's words, as every service makes it."""

from chassis.masking import EMAIL, NAME, PHONE, PLATE, UNKNOWN, mask, mask_code, mask_reference

__all__ = ["EMAIL", "NAME", "PHONE", "PLATE", "UNKNOWN", "mask", "mask_code", "mask_reference"]
