/** The configuration API. */
@NullMarked
package io.tricolor.config.namespace.web;

import org.jspecify.annotations.NullMarked;
