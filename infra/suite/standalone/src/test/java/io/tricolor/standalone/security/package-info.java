/** Tests. */
@NullMarked
package io.tricolor.standalone.security;

import org.jspecify.annotations.NullMarked;
