/** Contents of revisions: read from texts, kept by their hash, compared. */
@NullMarked
package io.tricolor.config.namespace.content;

import org.jspecify.annotations.NullMarked;
