! $identity: $title
!
! Written by lhnets $version from the network file with the SHA-256
! $sha256
! Compile $prefix.c with it.
module ${prefix}_module
  use, intrinsic :: iso_c_binding, only: c_double, c_int, c_size_t
  implicit none
  private

  integer, parameter, public :: inputs = $inputs, outputs = $outputs
  integer(c_int), parameter, public :: ok = 0, outside = 1, not_finite = 2
  character(len=*), parameter, public :: identity = $fortran_identity
  character(len=*), parameter, public :: sha256 = &
    "$sha256"
  character(len=*), parameter, public :: input_names(inputs) = [character(len=$name_length) :: &
    $fortran_names]
  real(c_double), parameter, public :: low(inputs) = [ &
    $fortran_low]
  real(c_double), parameter, public :: high(inputs) = [ &
    $fortran_high]

  public :: predict, predict_rows

  interface
    ! One point. The answer is ok, outside (of the region of the training) or not_finite; value and
    ! uncertainty are not a number unless it is ok.
    function predict(in, value, uncertainty, reach) result(code) &
        bind(c, name="$prefix")
      import :: c_double, c_int, inputs, outputs
      real(c_double), intent(in) :: in(inputs)
      real(c_double), intent(out) :: value(outputs), uncertainty(outputs), reach
      integer(c_int) :: code
    end function predict

    ! Many points, one a column. The answer is how many are not ok: their value and uncertainty are
    ! not a number.
    function predict_rows(points, in, value, uncertainty, reach) result(refused) &
        bind(c, name="${prefix}_rows")
      import :: c_double, c_size_t, inputs, outputs
      integer(c_size_t), value :: points
      real(c_double), intent(in) :: in(inputs, *)
      real(c_double), intent(out) :: value(outputs, *), uncertainty(outputs, *), reach(*)
      integer(c_size_t) :: refused
    end function predict_rows
  end interface
end module ${prefix}_module
