/** What a namespace may do, and how its revisions follow each other. */
@NullMarked
package io.tricolor.config.namespace.domain;

import org.jspecify.annotations.NullMarked;
