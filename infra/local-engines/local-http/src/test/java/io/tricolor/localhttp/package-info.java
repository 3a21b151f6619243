/** Tests of the HTTP kit over real sockets. */
@NullMarked
package io.tricolor.localhttp;

import org.jspecify.annotations.NullMarked;
