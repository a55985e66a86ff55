! Ask a registry for predictions over HTTP from Fortran: a scan over the gluino mass, through the command curl.
!
!   gfortran -o predict predict.f90
!   ./predict http://127.0.0.1:8000
!
! Prints mass, value, uncertainty and reach of three points.
program predict
  implicit none
  integer, parameter :: wp = kind(1.0d0)
  real(wp), parameter :: masses(3) = [1000.0_wp, 1500.0_wp, 2000.0_wp]
  character(len=512) :: address
  character(len=4096) :: answer
  real(wp) :: value, uncertainty, reach
  integer :: k

  if (command_argument_count() /= 1) error stop "usage: predict ADDRESS"
  call get_command_argument(1, address)
  do k = 1, size(masses)
    answer = ask(trim(address), masses(k))
    value = number(answer, "value")
    uncertainty = number(answer, "uncertainty")
    reach = number(answer, "reach")
    print "(4es26.16e3)", masses(k), value, uncertainty, reach
  end do

contains

  function ask(address, mass) result(answer)
    character(len=*), intent(in) :: address
    real(wp), intent(in) :: mass
    character(len=4096) :: answer
    character(len=1024) :: command
    integer :: status, unit

    write (command, "(a, es24.16e3, a)") &
      "curl --silent --show-error --fail-with-body --max-time 30 --output answer.json" // &
      " --header 'Content-Type: application/json' --data '{""parameters"": {""m_go"": ", mass, &
      ", ""m_sq"": 3000.0}, ""energy"": ""13 TeV""}' " // address // "/v1/predict/cs-gluino-pair-lo"
    call execute_command_line(trim(command), exitstat=status)
    open (newunit=unit, file="answer.json", status="old")
    read (unit, "(a)") answer
    close (unit)
    if (status /= 0) then
      print "(a)", trim(answer)
      error stop "the registry refused"
    end if
  end function ask

  ! The number after "name": in a flat JSON object.
  function number(json, name) result(found)
    character(len=*), intent(in) :: json, name
    real(wp) :: found
    integer :: start, length

    start = index(json, '"' // name // '":')
    if (start == 0) error stop "no such number in the answer"
    start = start + len(name) + 3
    length = scan(json(start:), ",}") - 1
    read (json(start:start + length - 1), *) found
  end function number

end program predict
