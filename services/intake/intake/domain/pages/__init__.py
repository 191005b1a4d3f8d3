"""Pages for residents that work everywhere: plain HTML, labelled for screen readers, usable without JavaScript."""
