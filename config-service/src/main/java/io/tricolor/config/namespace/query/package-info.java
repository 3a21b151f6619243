/** Revisions as they are asked about. */
@NullMarked
package io.tricolor.config.namespace.query;

import org.jspecify.annotations.NullMarked;
