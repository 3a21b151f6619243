/** What is being written and was not published. */
@NullMarked
package io.tricolor.config.namespace.draft;

import org.jspecify.annotations.NullMarked;
