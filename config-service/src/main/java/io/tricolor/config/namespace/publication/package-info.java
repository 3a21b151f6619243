/** Makes a revision out of a content. */
@NullMarked
package io.tricolor.config.namespace.publication;

import org.jspecify.annotations.NullMarked;
